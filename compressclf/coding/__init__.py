"""Entropy coding: probabilities to bytes and back, and the file around the bytes.

A coder is independent of the model. For each symbol it gets the interval
``[start, start + size) / 2**precision`` of the probability, and writes about
−log2(size / 2**precision) bits. `reference` does this in exact integers and is meant to be read;
`rangecoder` does it in 64 bits, for kernels; `symbols` is the interface for Python; `frequencies`
rounds probabilities to integers. `container` puts a header and checksums around the code.
"""
