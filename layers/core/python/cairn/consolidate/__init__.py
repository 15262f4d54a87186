"""Consolidation: from the messages of an event to facts that are kept once, and kept true."""
