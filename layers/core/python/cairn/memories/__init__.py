"""Memories: what they are, reading them, changing them, and their history."""
