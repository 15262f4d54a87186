"""maintain: see handler.py."""
