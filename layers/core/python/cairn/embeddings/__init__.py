"""The embedding model of a database: which it is, changing it while the service runs, and vectors that are missing."""
