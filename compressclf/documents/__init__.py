"""Documents: texts and images as bytes, and what is done to images before they are classified."""

from compressclf.documents.corpus import Corpus, document_bytes

__all__ = ["Corpus", "document_bytes"]
