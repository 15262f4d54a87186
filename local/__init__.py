"""The whole service on one machine: `python -m local`.

Each module stands in for one part of AWS and says so in its first line; `supervisor` puts them together.
"""
