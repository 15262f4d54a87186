"""consolidate: see handler.py."""
