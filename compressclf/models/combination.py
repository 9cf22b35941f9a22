"""Several class models as one: their bits, each at its own temperature, added up."""
