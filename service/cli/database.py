"""The database to use: the operator's, or an embedded PostgreSQL that runs while it is used; and `payrank migrate`."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from seed.reference_data import digest
from service.cli.console import say
from service.settings import Settings, load_settings
from service.store.database import primary_url
from service.store.embedded import embedded_server
from service.store.health import known_revisions, read_state


@contextmanager
def server(settings: Settings) -> Iterator[str]:
    """The URL of the database, whose tables may be missing or of another version."""
    if settings.database_url:
        yield primary_url(settings.database_url)
        return
    with embedded_server(settings.data_dir, say) as url:
        yield url


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of the database, with the tables and reference data of this version."""
    with server(settings) as url:
        prepare(url)
        yield url


def prepare(url: str) -> None:
    """Bring a database to the tables and reference data of this version."""
    found = read_state(url)
    if found.revision != known_revisions()[0]:
        from service.store.migrate import migrate as upgrade  # noqa: PLC0415 - takes a third of a second, rarely needed

        say("Applying migrations")
        upgrade(url)
    if found.reference != digest():
        from seed.loading import load_reference_data  # noqa: PLC0415 - rarely needed

        say("Loading reference data")
        load_reference_data(url)


def migrate(
    down: Annotated[
        str | None, typer.Option(help="Downgrade to this revision, or to `base` for none. This deletes data.")
    ] = None,
    distribute: Annotated[
        bool, typer.Option("--distribute", help="Distribute the tables over the Citus cluster of the database.")
    ] = False,
) -> None:
    """Bring the database to the tables and reference data of this version."""
    if down is not None and distribute:
        raise typer.BadParameter("Use either --down or --distribute, not both.")
    from service.store.citus import distribute as distribute_tables  # noqa: PLC0415 - `serve` imports this module too
    from service.store.migrate import downgrade  # noqa: PLC0415

    with server(load_settings()) as url:
        if down is not None:
            downgrade(url, down)
        else:
            prepare(url)
        if distribute:
            distribute_tables(url, say)
    say(f"Downgraded the tables to {down}." if down else "The tables and reference data are those of this version.")
