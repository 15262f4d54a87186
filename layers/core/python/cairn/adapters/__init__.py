"""Adapters: the concrete ends of the ports."""
