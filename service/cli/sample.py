"""`payrank sample`, and the sample that an empty database gets."""

from typing import Annotated

import typer

from seed.sample import load_sample, remove_sample
from service.cli.console import counting, say
from service.cli.database import database
from service.settings import load_settings


def sample(
    records: Annotated[int, typer.Option(min=1, help="How many made-up records.")] = 20_000,
    seed: Annotated[int, typer.Option(help="The same seed gives the same records.")] = 1,
    remove: Annotated[bool, typer.Option("--remove", help="Take the sample out instead.")] = False,
) -> None:
    """Load a sample of made-up records in place of the one there, or remove it."""
    with database(load_settings()) as url:
        if remove:
            say(f"Removed {remove_sample(url):,} made-up records.")
        else:
            make_up(url, records, seed)


def make_up(url: str, records: int, seed: int) -> None:
    """Load a sample, and show how far it is."""
    with counting("made-up records", records) as progress:
        task = progress.task_ids[0]
        edition = load_sample(url, records, seed, lambda done: progress.update(task, completed=done))
    say(f"Loaded {records:,} made-up records as edition {edition}.")
