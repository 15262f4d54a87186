"""The services behind the functions: with `adapters`, the only modules that name concrete adapters."""
