"""The `payrank` command: one module a noun."""
