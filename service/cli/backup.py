"""`payrank backup` and `payrank restore`."""

from pathlib import Path
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.database import prepare, server
from service.settings import load_settings
from service.store import backup as backups


def backup(file: Annotated[Path, typer.Argument(help="A new file, in pg_dump's own format.")]) -> None:
    """Write the whole database to a file; the service may go on meanwhile.

    The file holds what contributors told and the installation's secret: keep it as safe as the database.
    """
    with server(load_settings()) as url:
        size = backups.back_up(url, file)
    say(f"{file} holds the database, in {size:,} bytes.")


def restore(file: Annotated[Path, typer.Argument(help="A file that `payrank backup` made.")]) -> None:
    """Bring an empty database to the state that a backup holds, and to the tables of this version."""
    with server(load_settings()) as url:
        backups.restore(url, file)
        prepare(url)
    say(f"The database is what {file} held.")
