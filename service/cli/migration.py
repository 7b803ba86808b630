"""`payrank migrate`."""

from typing import Annotated

import typer

from service.cli.console import say
from service.cli.database import prepare, server
from service.settings import load_settings
from service.store import citus as distribution
from service.store import migrate as migration


def migrate(
    down: Annotated[str | None, typer.Option(help="Undo migrations down to this one, or `base`; data is lost.")] = None,
    distribute: Annotated[
        bool, typer.Option("--distribute", help="Put the tables on the Citus cluster that the database is part of.")
    ] = False,
) -> None:
    """Bring the database to the tables and reference data of this version."""
    if down is not None and distribute:
        raise typer.BadParameter("Undo migrations or distribute the tables, one at a time.")
    with server(load_settings()) as url:
        if down is not None:
            migration.downgrade(url, down)
        else:
            prepare(url)
        if distribute:
            distribution.distribute(url, say)
    say("Done.")
