"""Probabilities to bytes and back, and the file around the bytes.

A coder knows nothing of models. It is told the share ``[start, start + size) / 2**precision`` of
the probability that each symbol owns, and writes about −log2(size / 2**precision) bits for it.
`reference` says it in exact integers, to be read; `rangecoder` says it in 64 bits, for kernels;
`symbols` says it to callers in Python, whose probabilities `frequencies` turns into integers.
`container` puts a header and checksums around the code.
"""
