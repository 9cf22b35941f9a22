"""One TOML file per study; ``NAME.md`` beside it holds the findings."""
