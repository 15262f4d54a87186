"""Models: one port each for text, embeddings, reranking and tokens, and one adapter per provider."""
