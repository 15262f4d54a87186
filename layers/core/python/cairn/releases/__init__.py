"""The check of a new version before it has traffic."""
