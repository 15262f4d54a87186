"""Models that answer: the port, and one adapter per provider."""
