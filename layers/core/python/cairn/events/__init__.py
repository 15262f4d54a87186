"""Events: accepted writes, their outbox, and what became of them."""
