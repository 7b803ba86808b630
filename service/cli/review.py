"""`payrank review`: the review queue, for the operator at the terminal."""

import asyncio
import os
import pwd
from collections.abc import Sequence
from typing import Annotated
from uuid import UUID

import typer

from service.cli.console import print_table, say
from service.cli.database import server
from service.counts import count_of
from service.errors import InputError
from service.intake.review import (
    NOTE,
    ReviewDecision,
    Reviewer,
    ReviewItem,
    decide,
    decisions,
    find,
    flagged_records,
    queue,
    submission_not_found,
    terminal_reviewer,
)
from service.intake.screening import FindingCode
from service.settings import load_settings
from service.store.review import PastDecision
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_text

review = typer.Typer(name="review", help="List and show submissions that need a decision, and decide on them.")


def parse_id(text: str, listing: str) -> UUID:
    """An id of the command line; `listing` says in an error which command lists the ids."""
    try:
        return UUID(text)
    except ValueError:
        raise typer.BadParameter(f"{text[:60]!r} is not an id; {listing}.") from None


def _submission_id(text: str) -> UUID:
    return parse_id(text, "`payrank review` lists the ids in the queue")


Id = Annotated[UUID, typer.Argument(parser=_submission_id, metavar="ID", help="The id of a submission in the queue.")]
Note = Annotated[str, typer.Option(help=f"The reason, in {NOTE}. Moderators can read it.")]


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
        found = asyncio.run(queue(terminal(url), finding=finding, first=first))
    if found.items:
        print_table(_COLUMNS, [_row(item) for item in found.items])
    need = count_of(found.total, "submission that needs", "submissions that need")
    say(f"Showing {len(found.items):,} of {need} a decision.")


@review.command()
def show(id_: Id) -> None:
    """Show the answers and findings of a submission, and the decisions on it."""
    with server(load_settings()) as url:
        item, past = asyncio.run(_submission(terminal(url), id_))
    if item is None:
        raise InputError(submission_not_found().message)
    rows = [("status", item.submission.status), ("submitted", f"{item.submission.submitted_at:%Y-%m-%d %H:%M}")]
    rows += _answers(item)
    rows += [(finding.code, finding.message) for finding in item.findings]
    rows += [(one.decision, f"{one.decided_at:%Y-%m-%d %H:%M} {one.reviewer}: {one.note}") for one in past]
    print_table(("submission", str(id_)), rows)


@review.command()
def accept(id_: Id, note: Note) -> None:
    """Accept a submission: it can be published, or stays published, and is not held again."""
    _decide(id_, ReviewDecision.ACCEPT, note)


@review.command()
def reject(id_: Id, note: Note) -> None:
    """Reject a submission: it is not published, and its published records are removed like withdrawn ones."""
    _decide(id_, ReviewDecision.REJECT, note)


@review.command()
def undo(id_: Id, note: Note) -> None:
    """Undo the last decision on a submission; an acceptance only until the submission is published."""
    _decide(id_, ReviewDecision.UNDO, note)


@review.command()
def flags() -> None:
    """List flagged records that were imported. Raise them with their source: there is nothing to decide here."""
    with server(load_settings()) as url:
        found = asyncio.run(flagged_records(terminal(url)))
    if found:
        rows = [(str(one.record), one.source, f"{one.flags:,}", "; ".join(one.reasons)) for one in found]
        print_table(("record", "source", "flags", "reasons"), rows)
    say(f"{count_of(len(found), 'imported record is', 'imported records are')} flagged.")


def _decide(id_: UUID, decision: ReviewDecision, note: str) -> None:
    with server(load_settings()) as url:
        outcome = asyncio.run(decide(terminal(url), id_, decision, note))
    if outcome.problems or outcome.submission is None:
        raise InputError(" ".join(problem.message for problem in outcome.problems))
    say(f"Submission {id_} is now {outcome.submission.status}.")


def terminal(url: str) -> Reviewer:
    """The operator, under the name of the account."""
    return terminal_reviewer(url, terminal_user())


def terminal_user() -> str:
    """The name of the user of this process, or the number of one that has none, as in a container."""
    user = os.getuid()
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return str(user)


async def _submission(reviewer: Reviewer, id_: UUID) -> tuple[ReviewItem | None, Sequence[PastDecision]]:
    return await find(reviewer, id_), await decisions(reviewer, id_)


_COLUMNS = ("id", "finding", "role", "place", "level", "pay", "work mode", "employer", "skills", "message")


def _row(item: ReviewItem) -> tuple[str, ...]:
    answers = SubmissionAnswers.from_json(item.submission.answers or {})
    places = (answers.one.get(factor) for factor in (Factor.METRO, Factor.SUBDIVISION, Factor.COUNTRY))
    return (
        str(item.submission.id),
        ", ".join(finding.code for finding in item.findings) or "rejected before",
        answers.one[Factor.ROLE],
        next((place for place in places if place), ""),
        answers.one.get(Factor.LEVEL, ""),
        f"{answers.currency} {_pay(answers)}",
        answers.one.get(Factor.WORK_MODE, ""),
        answers.employer or "",
        ", ".join(answers.many.get(Factor.SKILL, ())),
        " ".join(finding.message for finding in item.findings),
    )


def _pay(answers: SubmissionAnswers) -> str:
    amounts = {"base": answers.base, "bonus": answers.bonus, "equity": answers.equity}
    return ", ".join(f"{name} {amount:,}" for name, amount in amounts.items() if amount is not None)


def _answers(item: ReviewItem) -> list[tuple[str, str]]:
    """All answers of a submission by name; none if it was withdrawn."""
    if item.submission.answers is None:
        return []
    answers = SubmissionAnswers.from_json(item.submission.answers)
    offer = answers.initial_offer
    return [
        ("month", month_text(answers.effective)),
        ("pay", f"{answers.currency} {_pay(answers)}"),
        *([("first offer", f"{answers.currency} {offer:,}")] if offer is not None else []),
        *([("employer", answers.employer)] if answers.employer else []),
        *((_words(factor), answers.one[factor]) for factor in SINGLE if factor in answers.one),
        *((_words(factor), ", ".join(answers.many[factor])) for factor in MULTIPLE if answers.many.get(factor)),
        *((_words(measure), str(answers.scores[measure])) for measure in Measure if measure in answers.scores),
    ]


def _words(name: Factor | Measure) -> str:
    return name.value.replace("_", " ")
