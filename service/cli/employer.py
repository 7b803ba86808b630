"""`payrank employer`: employer names of contributions, for the operator at the terminal."""

import asyncio
from typing import Annotated

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.cli.review import Note, terminal
from service.counts import count_of
from service.errors import InputError
from service.intake.employer_review import (
    MAX_CANDIDATES,
    EmployerCandidate,
    candidates,
    current_reference,
    decide,
    decisions,
)
from service.intake.review import ReviewDecision
from service.settings import load_settings

employer = typer.Typer(
    name="employer", help="List employer names of contributions, and decide on them.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name, in any of its spellings.")]


@employer.command("list")
def list_(
    decided: Annotated[bool, typer.Option("--decided", help="List the names that were decided on instead.")] = False,
) -> None:
    """List names of contributions by invitation that need a decision, the most frequent first."""
    with server(load_settings()) as url:
        if decided:
            _show_decisions(url)
            return
        found = asyncio.run(candidates(terminal(url), current_reference(url)))
    if found:
        print_table(_COLUMNS, [_row(one) for one in found], numbers=("submissions",))
    more = f" the {MAX_CANDIDATES} most frequent of" if len(found) == MAX_CANDIDATES else ""
    say(f"Showing{more} the names that need a decision: {len(found):,}.")


@employer.command()
def accept(
    name: Name,
    note: Note,
    same_as: Annotated[
        str | None, typer.Option(metavar="CODE", help="The code of the employer that this is another name of.")
    ] = None,
) -> None:
    """Accept a name: invited contributions can be published with it, as a new employer or as another's name."""
    _decide(name, ReviewDecision.ACCEPT, note, same_as)


@employer.command()
def reject(name: Name, note: Note) -> None:
    """Reject a name: it is in no record, and is not listed again."""
    _decide(name, ReviewDecision.REJECT, note)


@employer.command()
def undo(name: Name, note: Note) -> None:
    """Undo the last decision on a name; an acceptance only until records of the employer are released."""
    _decide(name, ReviewDecision.UNDO, note)


def _decide(name: str, decision: ReviewDecision, note: str, same_as: str | None = None) -> None:
    with server(load_settings()) as url:
        outcome = asyncio.run(decide(terminal(url), current_reference(url), name, decision, note, same_as))
    if outcome.problems:
        raise InputError(" ".join(problem.message for problem in outcome.problems))
    say(_DONE[decision].format(name=name, employer=outcome.employer))


def _show_decisions(url: str) -> None:
    past = asyncio.run(decisions(terminal(url)))
    rows = [
        (one.name, one.decision, one.employer or "", f"{one.decided_at:%Y-%m-%d %H:%M} {one.reviewer}: {one.note}")
        for one in past
    ]
    if rows:
        print_table(("name", "decision", "employer", "by"), rows)
    say(f"Showing {count_of(len(rows), 'decision')} on names.")


_DONE = {
    ReviewDecision.ACCEPT: "Accepted {name} as the employer {employer!r}.",
    ReviewDecision.REJECT: "Rejected {name}: no record will have it.",
    ReviewDecision.UNDO: "Undid the last decision on {name}.",
}
_COLUMNS = ("name", "submissions", "lookalikes", "warning")


def _row(one: EmployerCandidate) -> tuple[str, ...]:
    return one.name, f"{one.submissions:,}", ", ".join(known.code for known in one.lookalikes), one.warning or ""
