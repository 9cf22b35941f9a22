"""One TOML file a study; ``NAME.md`` beside it holds what was found."""
