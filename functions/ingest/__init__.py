"""ingest: see handler.py."""
