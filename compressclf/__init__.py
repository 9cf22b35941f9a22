"""Text and image classification by compression.

The label whose data compresses x best is the label of x.
"""

__version__ = "0.1.0"
