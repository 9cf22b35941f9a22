"""Class models, kNN and trained baselines in one table: ``python -m benchmarks.class_models``.

Every setting is chosen on training data, with the same number of settings and the same folds for
every trained baseline (`tuning`). One cell is one method on one set: tuned in one process, fitted
and measured in another, so that its peak memory is its own; then a line of JSON in
``benchmarks/records``. Tables are rendered from these lines and from nothing else.
"""
