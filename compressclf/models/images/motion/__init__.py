"""The motion-compensated model: the residual of an image predicted from a training image.

A video codec predicts a frame from the previous one by motion vectors, and codes the residual. Here
each pixel is predicted from the 3 x 3 window of a training image y, a few pixels away at most, that
fits best (`cost`). The squared residuals of greys and gradients, in units of their variance, are
the bits C(x|y). A share of the bits can come from the distance of the orientation maps
(`compressclf.models.images.orientations`), which also select the training images to compare with
(`candidates`). The bits of a class are a soft minimum over its images (`soft`). Parameters are
chosen by leave-one-out (`choice`).

This is not a code: windows overlap, so that each pixel is counted nine times, gradients repeat what
the greys say, and the vectors cost nothing. As a distance it is known as the image distortion model
with local context, the best among simple ones for nearest neighbours (Keysers, Deselaers, Gollan
and Ney: Deformation models for image recognition, IEEE TPAMI 29(8), 2007). The evened gradients and
the orientation maps are our additions.
"""

from compressclf.models.images.motion.model import Motion

__all__ = ["Motion"]
