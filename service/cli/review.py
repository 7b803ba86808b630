"""`payrank review`: the moderators' queue in the terminal of whoever runs the service."""

import asyncio
import os
import pwd
from typing import Annotated
from uuid import UUID

import typer

from service.cli.console import say, table
from service.cli.database import server
from service.errors import InputError
from service.intake import review as desk
from service.intake.review import ReviewDecision, Reviewer, ReviewItem, in_terminal
from service.intake.screening import FindingCode
from service.settings import load_settings
from service.vocabulary.answers import Answers
from service.vocabulary.factors import Factor

review = typer.Typer(name="review", help="Submissions that wait for a decision, and decisions on them.")
Id = Annotated[UUID, typer.Argument(help="The id of a submission in the queue.")]
Note = Annotated[str, typer.Option(help="Why, in 3 to 1,000 characters; who is rejected reads it.")]


@review.callback(invoke_without_command=True)
def waiting(
    context: typer.Context,
    finding: Annotated[FindingCode | None, typer.Option(help="Only what has this finding.")] = None,
    first: Annotated[int, typer.Option(min=1, max=1_000, help="The oldest so many.")] = 50,
) -> None:
    """List what waits for a decision, oldest first."""
    if context.invoked_subcommand:
        return
    with server(load_settings()) as url:
        found = asyncio.run(desk.queue(_reviewer(url), finding=finding, most=first))
    if found.items:
        table(("id", "finding", "role", "place", "level", "pay", "message"), [_row(item) for item in found.items])
    say(f"{len(found.items):,} of {found.total:,} that wait for a decision.")


@review.command()
def accept(id_: Id, note: Note) -> None:
    """Accept a submission: it is published, or stays so, and is not held again."""
    _decide(id_, ReviewDecision.ACCEPT, note)


@review.command()
def reject(id_: Id, note: Note) -> None:
    """Reject a submission: its record is left out from the next edition on, and its contributor reads the note."""
    _decide(id_, ReviewDecision.REJECT, note)


@review.command()
def flags() -> None:
    """List flagged records that were not contributed: nobody decides on them here, but their source may be told."""
    with server(load_settings()) as url:
        found = asyncio.run(desk.doubted(_reviewer(url)))
    if found:
        rows = [(str(one.record), one.source, f"{one.flags:,}", "; ".join(one.reasons)) for one in found]
        table(("record", "source", "flags", "reasons"), rows)
    say(f"{len(found):,} records that were not contributed are flagged.")


def _decide(id_: UUID, decision: ReviewDecision, note: str) -> None:
    with server(load_settings()) as url:
        done = asyncio.run(desk.decide(_reviewer(url), id_, decision, note))
    if done.problems or done.submission is None:
        raise InputError(" ".join(problem.message for problem in done.problems))
    say(f"Submission {id_} is {done.submission.status} now.")


def _reviewer(url: str) -> Reviewer:
    user = os.getuid()
    try:
        return in_terminal(url, pwd.getpwuid(user).pw_name)
    except KeyError:  # a container may run under a number without a name
        return in_terminal(url, str(user))


def _row(item: ReviewItem) -> tuple[str, ...]:
    answers = Answers.from_json(item.submission.answers or {})
    places = (answers.one.get(factor) for factor in (Factor.METRO, Factor.SUBDIVISION, Factor.COUNTRY))
    pay = ", ".join(f"{name} {amount:,}" for name, amount in _pay(answers).items() if amount is not None)
    return (
        str(item.submission.id),
        ", ".join(finding.code for finding in item.findings) or "rejected before",
        answers.one[Factor.ROLE],
        next((place for place in places if place), ""),
        answers.one.get(Factor.LEVEL, ""),
        f"{answers.currency} {pay}",
        " ".join(finding.message for finding in item.findings),
    )


def _pay(answers: Answers) -> dict[str, int | None]:
    return {"base": answers.base, "bonus": answers.bonus, "equity": answers.equity}
