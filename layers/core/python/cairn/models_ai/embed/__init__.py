"""Embeddings: the port, and one adapter per model or provider."""
