"""Cairn: long-term memory for AI agents."""
