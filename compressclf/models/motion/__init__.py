"""The motion-compensated model: how well an image is predicted from another one, bent a little.

A video codec codes a picture by the last one: it says for each block where it has moved from, and
codes what remains. Here every pixel looks for the place in a training image, a pixel or two away,
where the 3 x 3 pixels around it fit best (`cost`); the squared residuals, in units of their
variance, are the bits C(x|y). Not only the greys but also their gradients are to fit. Some of the
bits can be those of the orientation maps (`compressclf.models._orientations`), which are also what
finds the training images that are worth the trouble (`candidates`). A class codes an image by the
softest of minima over its images (`soft`), and settings are chosen by leave-one-out (`choice`).

What this is not: a code. Windows overlap, so that every pixel is counted nine times; the gradients
say again what the greys have said; the vectors cost nothing; a decoder could not follow. Under its
other name, the image distortion model with local context, it is the distance with which nearest
neighbours work best among simple ones (Keysers, Deselaers, Gollan and Ney: Deformation models for
image recognition, IEEE TPAMI 29(8), 2007). Evened gradients and the maps are additions of ours.
"""

from compressclf.models.motion.model import Motion

__all__ = ["Motion"]
