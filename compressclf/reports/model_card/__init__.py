"""Model cards: what a saved model is for, what it was taught, how good it is and where it fails.

The headings are those of Mitchell et al. 2019, *Model Cards for Model Reporting*; the front matter
is what the Hugging Face hub reads. What can be measured is measured; what only the people behind a
model know is marked as theirs to write. A card ends in its own digest, so that one that somebody
has edited is known and not overwritten.
"""

from compressclf.reports.model_card.facts import Measured, Taught, count_not_text
from compressclf.reports.model_card.text import model_card
from compressclf.reports.model_card.writing import write_card

__all__ = ["Measured", "Taught", "count_not_text", "model_card", "write_card"]
