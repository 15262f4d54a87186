"""check_release: see handler.py."""
