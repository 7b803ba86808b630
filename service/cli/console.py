"""Output of the command: steps and progress on standard error, results on standard output."""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console, JustifyMethod
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table

from service.errors import masked

_WIDTH, _NUMBER_WIDTH = 250, 9
"""The width of output that is not to a terminal, which wraps hardly anything."""
console = Console(stderr=True, width=None if sys.stderr.isatty() else _WIDTH)
_stdout = Console(width=None if sys.stdout.isatty() else _WIDTH)


def say(text: str) -> None:
    """Print a step or a result as a line."""
    _print_marked("[dim]·[/dim]", text)


def say_checked(text: str, *, passed: bool) -> None:
    """Print the result of a check as a line."""
    _print_marked("[green]✓[/green]" if passed else "[red]✗[/red]", text)


def say_failed(text: str) -> None:
    """Print why the command fails."""
    _print_marked("[red]payrank:[/red]", text)


def _print_marked(mark: str, text: str) -> None:
    console.print(f"{mark} {escape(masked(text))}", highlight=False, soft_wrap=True)


def announce(text: str) -> None:
    """Print a highlighted line."""
    console.print(escape(text), style="bold green", highlight=False, soft_wrap=True)


def print_line(text: str) -> None:
    """Print a line as it is, which a terminal may wrap."""
    console.print(text, highlight=False, markup=False, soft_wrap=True)


def print_heading(text: str, *, to_output: bool = False) -> None:
    """Print the heading of a section, with a blank line before it, to standard error or to standard output."""
    to = _stdout if to_output else console
    to.print()
    to.print(text, style="bold", highlight=False, markup=False, soft_wrap=True)


def output_width() -> int:
    """The number of columns of standard output."""
    return _stdout.width


def print_numbers(lines: Iterable[tuple[str, str]], *, to_output: bool = False) -> None:
    """Print numbers in a column of their own, each with a text that is wrapped beside it."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column(justify="right", min_width=_NUMBER_WIDTH, no_wrap=True)
    table.add_column(overflow="fold")
    for number, text in lines:
        table.add_row(number, escape(text))
    (_stdout if to_output else console).print(table, highlight=False)


def print_table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], *, numbers: Collection[str] = (), to: Console = _stdout
) -> None:
    """Print rows, to standard output by default; the first column, an id, is never wrapped, and `numbers` are right-aligned
    columns."""
    table = Table(box=None, pad_edge=False)
    for number, column in enumerate(columns):
        justify: JustifyMethod = "right" if column in numbers else "left"
        table.add_column(column, no_wrap=number == 0 or column in numbers, overflow="fold", justify=justify)
    for row in rows:
        table.add_row(*map(escape, row))
    to.print(table)


@contextmanager
def progress_bar(description: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """Show a progress bar in a terminal; yields a function that sets how much is done."""
    columns = (SpinnerColumn(), TextColumn(description), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task(description, total=total)
        yield lambda done: progress.update(task, completed=done)


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int | None], None]]:
    """Show a progress bar in a terminal for one step at a time; yields a function that sets the step, how much and of how
    much."""
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("")
        shown = ""

        def update(description: str, done: int, total: int | None) -> None:
            nonlocal shown
            if description != shown:
                progress.reset(task, description=description)
                shown = description
            progress.update(task, completed=done, total=total)

        yield update
