"""Mem0's wire format: request bodies in, answers out. Unknown keys are ignored; answers are always JSON."""
