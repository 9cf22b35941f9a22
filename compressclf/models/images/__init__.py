"""Class models that read images, and the features and settings that they share."""
