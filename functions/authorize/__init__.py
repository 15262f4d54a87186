"""authorize: see handler.py."""
