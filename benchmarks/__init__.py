"""Measurements of a running Cairn; each file is a command with its own --help."""
