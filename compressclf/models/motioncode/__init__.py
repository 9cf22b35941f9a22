"""An image coded with the help of a training image, as a video codec codes a frame: a true code.

A class codes an image x as if it were the next frame after one of its training images y, the
*reference*:

1. which of the class's N images the reference is: log2 N bits;
2. for each block of x, how far the block of y that predicts it is shifted (`blocks`), by the
   frequency of such shifts;
3. each pixel of x, by the frequency of its level where the shifted pixel of y, the pixel to the
   left and the pixel above have the levels they have; of coloured pixels, the colour before too.

All frequencies are counted on pairs of training images of one class that are near neighbours. A
decoder that has the training images reads reference, shifts and pixels, in this order.

The codelength of x in a class is that with the best reference among a few near ones (`references`);
which one that is the code says, so that the decoder need not know how it was found. With
``temperature`` T ≥ 1 it is −T log2 Σ 2^(−C(x|y)/T) / N over those references instead. No decoder
reads that number, but it is the length of a code too: it is at least that of the mixture of all
references, −log2 Σ 2^−C(x|y) / N, since a mean to the power of T is at most the mean of the powers.
"""

from compressclf.models.motioncode.model import MotionCode

__all__ = ["MotionCode"]
