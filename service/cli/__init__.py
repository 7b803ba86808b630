"""The `payrank` command: one module a noun."""

from service.cli.command import cli, main

__all__ = ["cli", "main"]
