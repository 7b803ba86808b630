"""The `payrank` command."""
