"""Language models as compressors. Importing this package loads none of them."""
