"""`payrank migrate`."""

from typing import Annotated

import typer

from service.cli.console import say
from service.cli.database import prepare, server
from service.settings import load_settings
from service.store import migration


def migrate(
    down: Annotated[str | None, typer.Option(help="Undo migrations down to this one, or `base`; data is lost.")] = None,
) -> None:
    """Bring the database to the tables and reference data of this version."""
    with server(load_settings()) as url:
        if down is not None:
            migration.downgrade(url, down)
        else:
            prepare(url)
    say("Done.")
