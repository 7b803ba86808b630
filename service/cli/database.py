"""The database of the settings: the operator's, or an embedded one that runs while it is used."""

from collections.abc import Iterator
from contextlib import contextmanager

from seed.digest import digest
from service.cli.console import say
from service.settings import Settings
from service.store.embedded import embedded_server
from service.store.hosts import of_primary
from service.store.state import NEWEST, state


@contextmanager
def server(settings: Settings) -> Iterator[str]:
    """The URL of the database as it is found."""
    if settings.database_url:
        yield of_primary(settings.database_url)
        return
    with embedded_server(settings.data_dir, say) as url:
        yield url


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """The URL of a migrated database with reference data."""
    with server(settings) as url:
        prepare(url)
        yield url


def prepare(url: str) -> None:
    """Bring a database to the tables and reference data of this version."""
    found = state(url)
    if found.revision != NEWEST:
        from service.store.migrate import migrate  # noqa: PLC0415 - a third of a second, at most starts in vain

        migrate(url)
    if found.reference != digest():
        from seed.loading import load_reference_data  # noqa: PLC0415 - as long

        load_reference_data(url)
