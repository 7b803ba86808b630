"""What the command tells people while it works: on standard error, and on standard output only what was asked for."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(stderr=True)
_paper = Console(width=None if sys.stdout.isatty() else 250)


def say(text: str) -> None:
    """A step that was taken."""
    console.print(f"[dim]·[/dim] {text}", highlight=False, soft_wrap=True)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Lay rows out on standard output; the first column, an id, is never broken."""
    laid = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        laid.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        laid.add_row(*map(escape, row))
    _paper.print(laid)


@contextmanager
def counting(what: str, total: int | None = None) -> Iterator[Progress]:
    """A bar of how far something is; its only task is `task_ids[0]`."""
    columns = (SpinnerColumn(), TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        progress.add_task(what, total=total)
        yield progress
