"""Notebooks that teach the ideas behind the toolkit; `README.md` lists them."""
