"""`payrank review`: the review queue, for the operator at the terminal."""

import asyncio
import os
import pwd
from typing import Annotated
from uuid import UUID

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.errors import InputError
from service.intake.review import (
    NOTE,
    ReviewDecision,
    Reviewer,
    ReviewItem,
    decide,
    flagged_records,
    queue,
    terminal_reviewer,
)
from service.intake.screening import FindingCode
from service.settings import load_settings
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import Factor

review = typer.Typer(name="review", help="List submissions that need a decision, and accept or reject them.")
Id = Annotated[UUID, typer.Argument(metavar="ID", help="The id of a submission in the queue.")]
Note = Annotated[str, typer.Option(help=f"The reason, in {NOTE}. The contributor of a rejected submission can read it.")]


@review.callback(invoke_without_command=True)
def list_queue(
    context: typer.Context,
    finding: Annotated[FindingCode | None, typer.Option(help="List only submissions with this finding.")] = None,
    first: Annotated[int, typer.Option(min=1, max=1_000, help="List at most this many.")] = 50,
) -> None:
    """List submissions that need a decision, oldest first."""
    if context.invoked_subcommand:
        return
    with server(load_settings()) as url:
        found = asyncio.run(queue(_reviewer(url), finding=finding, first=first))
    if found.items:
        print_table(("id", "finding", "role", "place", "level", "pay", "message"), [_row(item) for item in found.items])
    say(f"Showing {len(found.items):,} of {found.total:,} submissions that need a decision.")


@review.command()
def accept(id_: Id, note: Note) -> None:
    """Accept a submission: it can be published, or stays published, and is not held again."""
    _decide(id_, ReviewDecision.ACCEPT, note)


@review.command()
def reject(id_: Id, note: Note) -> None:
    """Reject a submission: the next edition drops its record, and its contributor can read the note."""
    _decide(id_, ReviewDecision.REJECT, note)


@review.command()
def flags() -> None:
    """List flagged records that were imported. Raise them with their source: there is nothing to decide here."""
    with server(load_settings()) as url:
        found = asyncio.run(flagged_records(_reviewer(url)))
    if found:
        rows = [(str(one.record), one.source, f"{one.flags:,}", "; ".join(one.reasons)) for one in found]
        print_table(("record", "source", "flags", "reasons"), rows)
    say(f"{len(found):,} imported records are flagged.")


def _decide(id_: UUID, decision: ReviewDecision, note: str) -> None:
    with server(load_settings()) as url:
        outcome = asyncio.run(decide(_reviewer(url), id_, decision, note))
    if outcome.problems or outcome.submission is None:
        raise InputError(" ".join(problem.message for problem in outcome.problems))
    say(f"Submission {id_} is now {outcome.submission.status}.")


def _reviewer(url: str) -> Reviewer:
    user = os.getuid()
    try:
        return terminal_reviewer(url, pwd.getpwuid(user).pw_name)
    except KeyError:  # in a container, the user id may have no name
        return terminal_reviewer(url, str(user))


def _row(item: ReviewItem) -> tuple[str, ...]:
    answers = SubmissionAnswers.from_json(item.submission.answers or {})
    places = (answers.one.get(factor) for factor in (Factor.METRO, Factor.SUBDIVISION, Factor.COUNTRY))
    amounts = {"base": answers.base, "bonus": answers.bonus, "equity": answers.equity}
    pay = ", ".join(f"{name} {amount:,}" for name, amount in amounts.items() if amount is not None)
    return (
        str(item.submission.id),
        ", ".join(finding.code for finding in item.findings) or "rejected before",
        answers.one[Factor.ROLE],
        next((place for place in places if place), ""),
        answers.one.get(Factor.LEVEL, ""),
        f"{answers.currency} {pay}",
        " ".join(finding.message for finding in item.findings),
    )
