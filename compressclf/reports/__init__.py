"""What is said of a classification: scores, leaks between the parts, model cards, data sheets."""
