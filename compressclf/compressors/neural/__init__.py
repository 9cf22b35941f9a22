"""Language models as compressors."""
