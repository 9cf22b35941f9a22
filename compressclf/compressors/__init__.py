"""How many bits: compressors by name behind one contract."""
