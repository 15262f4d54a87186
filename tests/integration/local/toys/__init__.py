"""A service small enough to read at once, with the entry points of the real one; the local run is tested with it."""
