"""Postgres: the only truth. Every statement names the project, and row level security holds it to it."""
