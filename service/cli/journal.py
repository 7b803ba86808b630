"""`payrank journal`: where the journal of the database is and what it has, or a new one in place of a lost one."""

from collections import Counter
from typing import Annotated

import typer

from service.cli.console import say
from service.cli.database import server
from service.counts import count_of
from service.settings import load_settings
from service.store.journal import Kind, journal_of


def journal(
    new: Annotated[
        bool,
        typer.Option(
            "--new",
            help="Begin another journal in place of a lost one: older backups then restore only without contributions.",
        ),
    ] = False,
) -> None:
    """Print the path of the journal, which `payrank restore` needs, and its number of entries."""
    settings = load_settings()
    with server(settings) as url:
        found = journal_of(url, settings.journal_dir, renew=new)
    counts = Counter(entry["entry"] for entry in found.entries())
    years = f"the tables of {count_of(counts[Kind.TABLES], 'year')}"
    withdrawals, releases = count_of(counts[Kind.WITHDRAWAL], "withdrawal"), count_of(counts[Kind.RELEASE], "release")
    written = f"{withdrawals}, {releases} and {years}"
    say(f"The journal is {found.path}: {written}.")
    if new:
        say("Restart all machines of the service, and make a new backup: older ones restore only --without-contributions.")
