"""Use cases: one module per thing the service does."""
