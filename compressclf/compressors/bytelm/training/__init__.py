"""Training of the byte language model: data, network, loop, and rounding to integers."""
