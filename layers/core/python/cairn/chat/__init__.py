"""Answering a message with what is remembered, and remembering the turn."""
