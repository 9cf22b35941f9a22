"""The documentation: its pages, and the code that draws their pictures and builds the site."""
