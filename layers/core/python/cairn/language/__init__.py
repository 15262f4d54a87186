"""What Cairn knows of languages: words, numbers and names in any script. Knows nothing of memories."""
