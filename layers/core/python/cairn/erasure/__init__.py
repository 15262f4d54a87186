"""Erasure: of memories and of whole scopes, with everything that was made from them."""
