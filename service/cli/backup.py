"""`payrank backup` and `payrank restore`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.database import prepare, server
from service.settings import load_settings
from service.store import backup as backups


def backup(file: Annotated[Path, typer.Argument(help="A new file, in pg_dump's custom format.")]) -> None:
    """Write the whole database to a file. The service may keep running.

    The file contains contributors' submissions and the installation's secret: protect it like the database.
    """
    with server(load_settings()) as url:
        size = backups.back_up(url, file)
    say(f"Backed up the database to {file} ({size:,} bytes).")


def restore(file: Annotated[Path, typer.Argument(help="A file made by `payrank backup`.")]) -> None:
    """Restore a backup into an empty database, and upgrade its tables to this version."""
    with server(load_settings()) as url:
        backups.restore(url, file)
        prepare(url)
    say(f"Restored the database from {file}.")
