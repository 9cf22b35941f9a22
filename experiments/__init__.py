"""Studies that run with one command, and the statistics that say what their numbers mean."""
