"""Rerankers: the port and its adapter."""
