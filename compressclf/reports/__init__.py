"""Reports: scores, leaks between training and test data, model cards and datasheets."""
