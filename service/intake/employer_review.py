"""Review of employer names: what moderators see of the names in contributions, and decide on them.

A name is decided on by its code, so that its spellings are one. Every decision is recorded with its reviewer and reason.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

from service.errors import ProblemCode
from service.intake.employers import ACCEPT, EmployerNames
from service.intake.review import NOTE, ReviewDecision, Reviewer
from service.intake.validation import EMPLOYER, Problem, TextField
from service.store import employer_review as store
from service.store.bulk import bulk_connection
from service.store.database import READER
from service.store.employer_review import EmployerDecision, PastEmployerDecision
from service.store.reference import Reference
from service.vocabulary.employers import EmployerName, best_label
from service.vocabulary.lookalikes import KnownNames, Lookalike

MAX_CANDIDATES = 50
NAME = TextField("name", EMPLOYER.minimum, EMPLOYER.maximum, EMPLOYER.label)


@dataclass(frozen=True, slots=True)
class EmployerCandidate:
    """A name that means no employer yet, its most frequent spelling, and the known employers that it looks like."""

    name: str
    submissions: int
    lookalikes: Sequence[Lookalike]
    warning: str | None


@dataclass(frozen=True, slots=True)
class EmployerOutcome:
    """The code of the employer that the name now means, None if it means none, and why the decision was refused, if so."""

    employer: str | None
    problems: Sequence[Problem] = ()


def current_reference(url: str) -> Reference:
    """The reference data of the current edition, for the operator at the terminal."""
    with bulk_connection(url, READER) as rows:
        return store.load_public_reference(rows)


async def candidates(reviewer: Reviewer, reference: Reference) -> Sequence[EmployerCandidate]:
    """Names of contributions by invitation that mean no employer and were not rejected, the most frequent first.

    At most MAX_CANDIDATES: further ones follow when these are decided.
    """
    async with reviewer.transaction() as connection:
        found, decided = await store.list_names(connection), await store.list_latest(connection)
    return await asyncio.to_thread(_candidates, found, EmployerNames(reference, decided))


async def decisions(reviewer: Reviewer) -> Sequence[PastEmployerDecision]:
    """The last decision on each name, unless it was undone."""
    async with reviewer.transaction() as connection:
        return [one for one in await store.list_latest(connection) if one.decision != ReviewDecision.UNDO]


async def decide(
    reviewer: Reviewer, reference: Reference, name: str, decision: ReviewDecision, note: str, same_as: str | None = None
) -> EmployerOutcome:
    """Accept a name as a new employer or as the one with the code `same_as`, reject it, or undo the last decision on it.

    Of several concurrent decisions the first counts; the others are refused. An acceptance can be undone until records of
    its employer are released.
    """
    problems = [*NAME.problems(name), *NOTE.problems(note)]
    if problems:
        return EmployerOutcome(None, problems)
    async with reviewer.transaction() as connection:
        await store.lock_decisions(connection)
        latest = {one.name: one for one in await store.list_latest(connection)}
        names = EmployerNames(reference, latest.values())
        key = names.key(name)
        last = latest.get(key)
        used = bool(last and last.employer and await store.was_released(connection, last.employer, last.decided_at))
        problem = _objection(names, key, last, decision, same_as, used)
        if problem:
            return EmployerOutcome(names.find(name), [problem])
        employer, label = _accepted_as(names, key, name, same_as) if decision is ReviewDecision.ACCEPT else (None, None)
        await store.add_decision(
            connection,
            EmployerDecision(uuid4(), key, decision, employer, label, note.strip(), reviewer.name, reviewer.token),
        )
    return EmployerOutcome(employer)


def _accepted_as(names: EmployerNames, key: str, name: str, same_as: str | None) -> tuple[str, str | None]:
    """The code of the employer that a name is accepted as, and the label of a new one."""
    employer = same_as or key
    return employer, None if names.is_known(employer) else EmployerName(name).label or key


def _objection(
    names: EmployerNames,
    key: str,
    last: PastEmployerDecision | None,
    decision: ReviewDecision,
    same_as: str | None,
    used: bool,
) -> Problem | None:
    """Why a decision on a name is refused; None if it is not. `used` is whether a release has used the last one."""
    is_decided = last is not None and last.decision != ReviewDecision.UNDO
    if not key:
        return Problem(ProblemCode.INVALID, "This text names no employer. Use a name as it is in the list.", ("name",))
    if decision is ReviewDecision.UNDO and used:
        return _refused("Records of this employer were released since the name was accepted, so that cannot be undone.")
    if decision is ReviewDecision.UNDO:
        return None if is_decided else _refused("There is no decision on this name that could be undone.")
    if names.is_public(key):
        return _refused(f"This name is that of {names.label(key)} ({key!r}), so there is nothing to decide.")
    if is_decided and last:
        was = "accepted" if last.decision == ACCEPT else "rejected"
        return _refused(f"This name was already {was} by {last.reviewer}. To change that, undo the decision first.")
    return _same_as_problem(names, decision, same_as)


def _same_as_problem(names: EmployerNames, decision: ReviewDecision, same_as: str | None) -> Problem | None:
    if same_as is None:
        return None
    if decision is not ReviewDecision.ACCEPT:
        message = "Only an accepted name is the same as another employer. Leave this out, or accept the name."
        return Problem(ProblemCode.INVALID, message, ("same_as",))
    if names.is_known(same_as):
        return None
    message = f"No employer has the code {same_as[:80]!r}. Use one from the list of employers, or that of an accepted name."
    return Problem(ProblemCode.UNKNOWN_CODE, message, ("same_as",))


def _refused(message: str) -> Problem:
    return Problem(ProblemCode.NOT_ALLOWED, message, ("name",))


def _candidates(found: Mapping[str, int], names: EmployerNames) -> list[EmployerCandidate]:
    spellings: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for name, submissions in found.items():
        key = names.key(name)
        if key and names.find(name) is None and not names.is_rejected(key):
            spellings[key][name] += submissions
    ordered = sorted(spellings.values(), key=lambda counts: (-counts.total(), min(counts)))[:MAX_CANDIDATES]
    known = KnownNames(names.labels() if ordered else ())
    return [_candidate(counts, known, names) for counts in ordered]


def _candidate(counts: Counter[str], known: KnownNames, names: EmployerNames) -> EmployerCandidate:
    name = best_label(counts)
    lookalikes = known.lookalikes(EmployerName(name).label)
    confused = [names.label(one.code) for one in lookalikes if one.is_confusable]
    warning = f"Looks like {', '.join(confused)}, but has other characters." if confused else None
    return EmployerCandidate(name, counts.total(), lookalikes, warning)
