"""Language models as compressors. Importing this package does not load a model."""
