"""migrate: see handler.py."""
