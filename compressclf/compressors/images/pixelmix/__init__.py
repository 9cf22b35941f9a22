"""A lossless code of images that learns as it codes: regressions predict, logistic mixing decides.

Each sample (a channel of a pixel) is predicted from known samples near it, in all channels, by

* three linear regressions by least squares over the samples before it, with weights that decay
  fast, slowly and hardly at all (Wu, Barthel & Zhang: Piecewise 2D autoregression for predictive
  image coding, ICIP 1998; Mahoney's paq8 mixes such regressions);
* the median edge detector of LOCO-I (Weinberger, Seroussi & Sapiro 2000), for the difference from
  the channel before;
* the mean of these four, weighted by the cube of the inverse of their errors nearby, as in TMW
  (Meyer & Tischer 1997).

Each prediction is the centre of a logistic distribution, whose width is learnt from the errors
nearby. The sample is found by binary decisions, see `kernel`. For each, the five distributions and
two adaptive counters give probabilities, and two mixers combine their log odds, as contextmix does.
Colours are not transformed first: the regressions read the known channels of the same pixel.

What it does not do: find repetitions. PNG and WebP are shorter for screenshots and drawings.
"""

from compressclf.compressors.images.pixelmix.compressor import PixelMix, PrimedPixels

__all__ = ["PixelMix", "PrimedPixels"]
