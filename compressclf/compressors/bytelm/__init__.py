"""A byte language model in integers: bundled, small, and decodable on any machine.

=================  ===============================================================================
``weights.py``     what the model's numbers are, and their file
``tables.py``      logistic function, powers and logarithm of two, computed in integers
``products.py``    dot products of small integers, where the time goes
``kernels.py``     the model: a byte in, the frequencies of the next byte out; the coder's loops
``model.py``       bits and codes of documents, alone and after others
``batched.py``     the same integers in torch, for a GPU and large batches
``compressor.py``  the contract of a compressor: the spec ``bytelm``
``network.py``     the floating-point network that is trained
``lanes.py``       what it reads in training
``training.py``    the training
``quantise.py``    floating point to integers
=================  ===============================================================================
"""

from compressclf.compressors.bytelm.compressor import ByteLM

__all__ = ["ByteLM"]
