"""Adds: what clients of every age send, stored before it is queued, or kept as it is."""
