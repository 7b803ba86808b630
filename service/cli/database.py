"""The database to use: the operator's, or an embedded PostgreSQL that runs while it is used; and its subcommands.

These are `payrank migrate`, `payrank backup` and `payrank restore`.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from seed.reference_data import digest, load_reference_data
from service.cli.console import say
from service.counts import count_of
from service.errors import DatabaseError
from service.settings import Settings, load_settings
from service.store.database import Database
from service.store.embedded import cluster_exists, embedded_server
from service.store.health import known_revisions, read_state
from service.store.hosts import primary_url, without_password
from service.store.pooler import require_session
from service.store.restoration_mark import is_marked, require_finished


@contextmanager
def server(settings: Settings, *, create: bool = False, announce: bool = True, unfinished: bool = False) -> Iterator[str]:
    """The URL of the database, whose tables may be missing or of another version; says which database it is.

    Raises DatabaseError if there is no embedded database, unless `create` allows a new one, or if its restore is not
    finished, unless `unfinished` does.
    """
    with _server(settings, create=create, announce=announce) as url:
        if not unfinished:
            if settings.database_url:
                require_session(url)
            require_finished(url)
        yield url


@contextmanager
def _server(settings: Settings, *, create: bool, announce: bool) -> Iterator[str]:
    if settings.database_url:
        if announce:
            say(f"Database: {without_password(settings.database_url)}")
        yield primary_url(settings.database_url)
        return
    if not create and not cluster_exists(settings.data_dir):
        raise DatabaseError(
            f"There is no database in {settings.data_dir}. Set PAYRANK_DATA_DIR or PAYRANK_DATABASE_URL to the one that the "
            "service uses, or create one here with `payrank migrate`."
        )
    if announce:
        say(f"Database: the embedded PostgreSQL in {settings.data_dir}")
    with embedded_server(settings.data_dir, say) as url:
        yield url


@contextmanager
def database(settings: Settings, *, create: bool = False) -> Iterator[str]:
    """The URL of the database, with the tables and reference data of this version.

    Raises DatabaseError if there is none or it has no tables, unless `create` allows that.
    """
    with server(settings, create=create) as url:
        if not create and read_state(url).revision is None:
            raise DatabaseError("The database has no PayRank tables yet. Create them with `payrank migrate`.")
        prepare(url)
        yield url


@contextmanager
def current_database(settings: Settings) -> Iterator[str]:
    """The URL of the database for a command that changes nothing in it, not even its version.

    Raises DatabaseError if its tables or reference data are of another version.
    """
    with server(settings) as url:
        found = read_state(url)
        if (found.revision, found.reference) != (known_revisions()[0], digest()):
            raise DatabaseError("The database has tables or reference data of another version. Run `payrank migrate` first.")
        yield url


def check_connections(settings: Settings, url: str) -> None:
    """Raise DatabaseError if the service could not connect with the rights and limits that it must have."""
    asyncio.run(_check_connections(settings, url))


async def _check_connections(settings: Settings, url: str) -> None:
    async with Database.open(url, **settings.database_options) as database:
        await database.check()


def prepare(url: str) -> None:
    """Bring a database to the tables and reference data of this version."""
    found = read_state(url)
    if found.revision != known_revisions()[0]:
        from service.store.migrate import migrate as upgrade  # noqa: PLC0415 - takes a third of a second, rarely needed

        say("Applying migrations")
        upgrade(url)
    if found.reference != digest():
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

    with server(load_settings(), create=down is None) as url:
        if down is not None:
            downgrade(url, down)
        else:
            prepare(url)
        if distribute:
            distribute_tables(url, say)
    say(f"Downgraded the tables to {down}." if down else "The tables and reference data are those of this version.")


def backup(file: Annotated[Path, typer.Argument(help="A new file, in pg_dump's custom format.")]) -> None:
    """Write the whole database to a file. The service may keep running.

    The file contains contributors' submissions and the installation's secret: protect it like the database. The journal,
    which a restore needs too, is not part of it.
    """
    from service.store.backup import back_up  # noqa: PLC0415 - `serve` imports this module too

    settings = load_settings()
    with server(settings) as url:
        size = back_up(url, file)
    say(f"Backed up the database to {file} ({size:,} bytes).")
    say(
        f"`payrank restore` also needs the newest state of the journal in {settings.journal_dir}, which is not in the "
        "backup: copy the file journal-*.jsonl there too, and more often."
    )


def restore(
    file: Annotated[
        Path | None, typer.Argument(help="A file made by `payrank backup`; none to finish an interrupted restore.")
    ] = None,
    journal: Annotated[
        Path | None, typer.Option(help="Folder of the journal; by default that of PAYRANK_JOURNAL_DIR.")
    ] = None,
    without_contributions: Annotated[
        bool, typer.Option("--without-contributions", help="Delete everything that was contributed; needs no journal.")
    ] = False,
) -> None:
    """Restore a backup into an empty database, upgrade its tables to this version, and apply the journal.

    The journal has what was withdrawn and what was published since the backup.
    """
    from service.store import restoration  # noqa: PLC0415 - `serve` imports this module too
    from service.store.backup import read_contents, restore_tables  # noqa: PLC0415

    settings = load_settings()
    folder = load_settings(journal_dir=journal).journal_dir
    if file:
        contents = read_contents(file)
        if not without_contributions:
            restoration.check_journal(contents, folder)
    with server(settings, create=file is not None, unfinished=True) as url:
        if settings.database_url:
            require_session(url)
        if file:
            restore_tables(url, file)
        elif not is_marked(url) or read_state(url).revision is None:
            raise DatabaseError("There is no restore to finish. Name the backup: `payrank restore FILE`.")
        prepare(url)
        if without_contributions:
            restoration.finish_without_contributions(url)
            say("Deleted all contributions.")
        else:
            done = restoration.finish(url, folder)
            tables = f", and the tables of {count_of(done.years, 'year')}" if done.years else ""
            applied = f"{count_of(done.withdrawals, 'withdrawal')} and {count_of(done.releases, 'release')}"
            say(f"Applied {applied} of the journal{tables}.")
    say(f"Restored the database from {file}." if file else "Finished the restore of the database.")
    if folder != settings.journal_dir and not without_contributions:
        say(f"Its journal stays in {folder}: serve it with PAYRANK_JOURNAL_DIR={folder}.")
