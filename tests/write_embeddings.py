"""Writes tests/data/embeddings anew from the bundled model: python -m tests.write_embeddings."""

from cairn.models_ai.embed.minilm import OnnxEmbedder
from tests.embeddings import MODEL, compared, cosine, read_vectors, write_margins, write_vectors


def main() -> None:
    """Keeps the fixed texts; what is compared comes from the tests' own data."""
    embedder = OnnxEmbedder(MODEL)
    texts = list(read_vectors())
    write_vectors(dict(zip(texts, embedder.embed(texts), strict=True)))
    write_margins({pair: cosine(*embedder.embed([pair.one, pair.other])) for pair in compared()})


if __name__ == "__main__":
    main()
