"""Output of the command: steps and progress on standard error, results on standard output."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

console = Console(stderr=True)
_stdout = Console(width=None if sys.stdout.isatty() else 250)


def say(text: str) -> None:
    """Print a step or a result as a line."""
    console.print(f"[dim]·[/dim] {escape(text)}", highlight=False, soft_wrap=True)


def announce(text: str) -> None:
    """Print a highlighted line."""
    console.print(escape(text), style="bold green", highlight=False, soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print rows to standard output; the first column, an id, is never wrapped."""
    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        table.add_column(column, no_wrap=number == 0, overflow="fold")
    for row in rows:
        table.add_row(*map(escape, row))
    _stdout.print(table)


@contextmanager
def progress_bar(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar in a terminal; yields a function that sets how much is done."""
    columns = (SpinnerColumn(), TextColumn(description), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=total)
        yield lambda done: progress.update(task, completed=done)
