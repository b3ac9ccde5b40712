"""One pass over one release: `cycle.py` tells it from top to bottom, the other modules are its steps."""
