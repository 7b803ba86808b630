"""Likeness: submissions that one person probably made twice. Pure.

Answers are weighed by how rare they are: two people of a large employer with a common role and round pay tell nothing that
others would not, while odd amounts with the same skills and benefits come twice from the same person. The time it takes
grows with the number of submissions, since each is compared with few others of its group.
"""

from collections import Counter
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from math import fsum, log2
from uuid import UUID

from service.intake.recent import Recent, grouped, in_order
from service.intake.screening import Finding, FindingCode
from service.vocabulary.factors import PLACES, Factor

AGAIN = timedelta(days=7)
"""Whoever tells the same twice does so soon: for a lost receipt, after a second thought."""
NEARLY = 1.01
"""The ratio of two base salaries that may be one."""
NEIGHBOURS = 8
"""How many of the next in pay each submission is compared with."""
CHANCE = 0.001
"""So few chance matches make a duplicate likely."""
DEPENDENCE = 0.5
"""What an answer tells when others are known: skills go with roles, benefits with employers."""
CHANGED = 4.0
"""Bits against a duplicate for each question that was answered differently."""

_IDENTITY = (Factor.ROLE, Factor.LEVEL, Factor.EXPERIENCE)
_APART = {*_IDENTITY, *PLACES, Factor.EMPLOYER}
_AMOUNTS = ("bonus", "equity", "initial_offer", "effective")
_MESSAGE = (
    "Shortly before, somebody told the same employer, place, role, level and experience, nearly the same pay, and other "
    "answers that agree more than those of two people would. To correct an earlier submission, use its receipt."
)

Answer = tuple[str, Hashable]
"""A question and an answer to it. Below, answers are numbers, which take less room than texts."""
Numbers = tuple[int, ...]


def duplicates(recent: Iterable[Recent]) -> dict[UUID, Finding]:
    """The later one of each two that are more alike than chance has it. Give some weeks, to know what is rare."""
    ordered = in_order(recent)
    known: dict[Answer, int] = {}
    told = [_told(one, known) for one in ordered]
    common = _commonness(told, known)
    found: dict[UUID, Finding] = {}
    for early, late in _pairs(ordered, told):
        number = ordered[late].id
        if number not in found and (expected := common.chance_matches(told[early], told[late])) < CHANCE:
            found[number] = Finding(FindingCode.LIKELY_DUPLICATE, _MESSAGE, expected)
    return found


@dataclass(frozen=True, slots=True)
class _Told:
    """The numbers of the answers that make an identity, and of all others but the base salary, ascending."""

    identity: Numbers
    base: int
    others: Numbers


def _told(recent: Recent, known: dict[Answer, int]) -> _Told:
    identity, others = _identity(recent), sorted(known.setdefault(one, len(known)) for one in _others(recent))
    return _Told(tuple(known.setdefault(one, len(known)) for one in identity), recent.answers.base, tuple(others))


def _identity(recent: Recent) -> Iterator[Answer]:
    yield from ((factor, recent.answers.one.get(factor, "")) for factor in _IDENTITY)
    yield from (("employer", recent.employer), ("place", recent.place), ("currency", recent.answers.currency))


def _others(recent: Recent) -> Iterator[Answer]:
    answers = recent.answers
    yield from (told for told in answers.one.items() if told[0] not in _APART)
    yield from {(factor, code) for factor, codes in answers.many.items() for code in codes}
    yield from ((name, amount) for name in _AMOUNTS if (amount := getattr(answers, name)) is not None)
    yield from answers.scores.items()


def _pairs(ordered: Sequence[Recent], told: Sequence[_Told]) -> Iterator[tuple[int, int]]:
    """Earlier and later ones of the same identity with nearly the same pay, soon after each other."""
    for group in grouped(range(len(told)), lambda i: told[i].identity, 2):
        yield from (pair for pair in _neighbours(group, told) if _soon(ordered, *pair))
    for group in grouped(range(len(told)), lambda i: told[i], 2):
        yield from (pair for pair in pairwise(group) if _soon(ordered, *pair))


def _neighbours(group: Sequence[int], told: Sequence[_Told]) -> Iterator[tuple[int, int]]:
    by_pay = sorted(group, key=lambda i: told[i].base)
    for place, i in enumerate(by_pay):
        for j in by_pay[place + 1 : place + 1 + NEIGHBOURS]:
            if told[j].base <= NEARLY * told[i].base:
                yield min(i, j), max(i, j)


def _soon(ordered: Sequence[Recent], early: int, late: int) -> bool:
    return ordered[late].submitted_at - ordered[early].submitted_at <= AGAIN


@dataclass(frozen=True, slots=True)
class _Commonness:
    """How many of all `different` submissions tell each answer, and how many each identity: a flood counts once."""

    different: int
    answers: Counter[int]
    identities: Counter[Numbers]
    questions: Sequence[str]

    def chance_matches(self, one: _Told, other: _Told) -> float:
        """How many submissions would match one as well as the other does, if each were told by somebody else."""
        met = max(2 ** -self._bits(one.identity), (self.identities[one.identity] - 2) / self.different)
        mine, theirs = set(one.others), set(other.others)
        changed = len({self.questions[answer] for answer in mine ^ theirs})
        bits = self._bits(mine & theirs) + _bits_of_pay(one.base, other.base) - CHANGED * changed
        return self.different * met * 2**-bits

    def _bits(self, shared: Iterable[int]) -> float:
        """What shared answers tell, by how rare they are."""
        return DEPENDENCE * fsum(log2((self.different + 1) / self.answers[answer]) for answer in shared)


def _commonness(told: Sequence[_Told], known: Iterable[Answer]) -> _Commonness:
    different = set(told)
    answers = Counter(number for one in different for number in (*one.identity, *one.others))
    identities = Counter(one.identity for one in different)
    return _Commonness(len(different), answers, identities, [question for question, _ in known])


def _bits_of_pay(one: int, other: int) -> float:
    """One in sixteen of the same identity shares a round salary, one in ten of those each further digit.

    >>> _bits_of_pay(150_000, 150_000), _bits_of_pay(150_000, 151_000), round(_bits_of_pay(151_730, 151_730), 2)
    (4.0, 5.0, 13.97)
    """
    return 4.0 + log2(10) * max(0, len(str(one).rstrip("0")) - 2) if one == other else 5.0
