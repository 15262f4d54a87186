"""graph_sync: see handler.py."""
