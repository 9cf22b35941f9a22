"""Probabilities to bytes and back."""
