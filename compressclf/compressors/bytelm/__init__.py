"""A byte language model in integers: bundled, small, and decodable on any machine.

=================  ===============================================================================
``weights.py``     the arrays of the model, and their file
``tables.py``      logistic function, powers and logarithm of two, computed in integers
``products.py``    dot products of small integers, which take most of the time
``kernels.py``     the model: from a byte to the frequencies of the next; the loops of the coder
``model.py``       bits and codes of documents, alone and after others
``batched.py``     the same integers in torch, for a GPU and large batches
``compressor.py``  the compressor with the spec ``bytelm``
``reader.py``      probabilities of single bits, for `compressclf.compressors.contextmix`
``network.py``     the floating-point network that is trained
``lanes.py``       the batches of training text
``training.py``    the training
``quantise.py``    floating point to integers
=================  ===============================================================================
"""

from compressclf.compressors.bytelm.compressor import ByteLM

__all__ = ["ByteLM"]
