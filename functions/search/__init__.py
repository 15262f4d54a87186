"""search: see handler.py."""
