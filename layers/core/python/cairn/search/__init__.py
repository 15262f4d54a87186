"""Search: signals, ranking, large scopes, and the context block."""
