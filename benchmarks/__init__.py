"""Measurements of speed and exactness: `python -m benchmarks.NAME`."""
