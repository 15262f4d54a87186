"""add_memory: see handler.py."""
