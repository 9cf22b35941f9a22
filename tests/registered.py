"""What tests over the registries run over."""

from compressclf.compressors import COMPRESSORS
from compressclf.compressors.images.base import ImageCompressor
from compressclf.encoders import ENCODERS
from compressclf.models import MODELS

# The others are language models, which take minutes or need a parameter, and have their own tests.
QUICK = [name for name in COMPRESSORS.names() if COMPRESSORS.load(name).runs_by_default]
CODECS = [
    name
    for name in COMPRESSORS.names()
    if isinstance(COMPRESSORS.load(name), type)
    and issubclass(COMPRESSORS.load(name), ImageCompressor)
]

# Class models that read images and refuse texts; the contract of the others does not fit them.
IMAGE_MODELS = tuple(name for name in MODELS.names() if MODELS.load(name).reads == "images")

# An encoder that needs neither packages nor files.
ENCODERS._rows["letters"] = "tests.encoders.letters:Letters"
TEXT_MODELS = tuple(
    {"embedding": "embedding:letters"}.get(name, name)
    for name in MODELS.names()
    if name not in IMAGE_MODELS
)
