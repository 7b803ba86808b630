"""Comparison of recent submissions with each other: likely duplicates, and bursts of the same kind. Pure.

Duplicates are found by how rare the shared answers are: two people at a large employer with a common role and round pay
share little that others would not, while odd amounts with the same skills and benefits come twice from the same person.
Running time grows linearly with the number of submissions, since each is compared with only a few others of its group.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from math import fsum, log2
from uuid import UUID

import numpy as np
import numpy.typing as npt
from scipy.special import pdtrc

from service.intake.screening import Finding, FindingCode
from service.vocabulary.answers import SubmissionAnswers
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.terms import employer_slug


@dataclass(frozen=True, slots=True)
class RecentSubmission:
    """A submission of the last weeks."""

    id: UUID
    submitted_at: datetime
    answers: SubmissionAnswers

    @property
    def employer(self) -> str:
        """The employer's code, empty if none was named."""
        return self.answers.one.get(Factor.EMPLOYER) or employer_slug(self.answers.employer or "")

    @property
    def place(self) -> str:
        """The most specific place reported."""
        return next((self.answers.one[factor] for factor in PLACES if factor in self.answers.one), "")


def in_order(recent: Iterable[RecentSubmission]) -> list[RecentSubmission]:
    return sorted(recent, key=lambda one: (one.submitted_at, one.id))


def grouped(numbers: Iterable[int], key: Callable[[int], Hashable], minimum: int) -> list[Sequence[int]]:
    """Groups of numbers with the same key, each with at least `minimum` members.

    >>> grouped(range(6), lambda n: n % 4, 2)
    [[0, 4], [1, 5]]
    """
    groups: dict[Hashable, list[int]] = defaultdict(list)
    for number in numbers:
        groups[key(number)].append(number)
    return [group for group in groups.values() if len(group) >= minimum]


MAX_INTERVAL = timedelta(days=7)
"""People who submit twice do so soon, because they lost the receipt or want to correct an answer."""
MAX_PAY_RATIO = 1.01
"""Ratio up to which two base salaries may be the same."""
NEIGHBOURS = 8
"""Submissions next in pay that each is compared with."""
MAX_CHANCE_MATCHES = 0.001
"""Expected number of chance matches below which two submissions are likely duplicates."""
DEPENDENCE = 0.5
"""Share of an answer's information that remains when others are known: skills go with roles, benefits with employers."""
CHANGED_BITS = 4.0
"""Bits of evidence against a duplicate for each question with different answers."""

_KEY_FACTORS = (Factor.ROLE, Factor.LEVEL, Factor.EXPERIENCE)
_FACTORS_IN_KEY = {*_KEY_FACTORS, *PLACES, Factor.EMPLOYER}
_AMOUNTS = ("bonus", "equity", "initial_offer", "effective")
_DUPLICATE = (
    "Another recent submission has the same employer, place, role, level and experience, nearly the same pay, and more "
    "other answers in common than two people would have. To correct an earlier submission, use its receipt."
)

Answer = tuple[str, Hashable]
"""A question and its answer. Below, answers are encoded as numbers, which take less memory than texts."""
Numbers = tuple[int, ...]


def duplicates(recent: Iterable[RecentSubmission]) -> dict[UUID, Finding]:
    """A finding for the later one of each two submissions that have more in common than chance explains.

    Takes the submissions of several weeks, which show which answers are rare.
    """
    ordered = in_order(recent)
    numbers: dict[Answer, int] = {}
    encoded = [_encode(one, numbers) for one in ordered]
    frequencies = _frequencies(encoded, numbers)
    found: dict[UUID, Finding] = {}
    for early, late in _pairs(ordered, encoded):
        id_ = ordered[late].id
        if id_ in found:
            continue
        expected = frequencies.chance_matches(encoded[early], encoded[late])
        if expected < MAX_CHANCE_MATCHES:
            found[id_] = Finding(FindingCode.LIKELY_DUPLICATE, _DUPLICATE, expected)
    return found


@dataclass(frozen=True, slots=True)
class _EncodedAnswers:
    """The numbers of the answers that duplicates must share, and of all others but the base salary, ascending."""

    key: Numbers
    base: int
    others: Numbers


def _encode(recent: RecentSubmission, numbers: dict[Answer, int]) -> _EncodedAnswers:
    key = tuple(numbers.setdefault(one, len(numbers)) for one in _key_answers(recent))
    others = sorted(numbers.setdefault(one, len(numbers)) for one in _other_answers(recent))
    return _EncodedAnswers(key, recent.answers.base, tuple(others))


def _key_answers(recent: RecentSubmission) -> Iterator[Answer]:
    yield from ((factor, recent.answers.one.get(factor, "")) for factor in _KEY_FACTORS)
    yield from (("employer", recent.employer), ("place", recent.place), ("currency", recent.answers.currency))


def _other_answers(recent: RecentSubmission) -> Iterator[Answer]:
    answers = recent.answers
    yield from (answer for answer in answers.one.items() if answer[0] not in _FACTORS_IN_KEY)
    yield from {(factor, code) for factor, codes in answers.many.items() for code in codes}
    yield from ((name, amount) for name in _AMOUNTS if (amount := getattr(answers, name)) is not None)
    yield from answers.scores.items()


def _pairs(ordered: Sequence[RecentSubmission], encoded: Sequence[_EncodedAnswers]) -> Iterator[tuple[int, int]]:
    """Earlier and later submissions with the same key and nearly the same pay, soon after each other."""
    for group in grouped(range(len(encoded)), lambda i: encoded[i].key, 2):
        yield from (pair for pair in _neighbours(group, encoded) if _is_soon(ordered, *pair))
    for group in grouped(range(len(encoded)), lambda i: encoded[i], 2):
        yield from (pair for pair in pairwise(group) if _is_soon(ordered, *pair))


def _neighbours(group: Sequence[int], encoded: Sequence[_EncodedAnswers]) -> Iterator[tuple[int, int]]:
    by_pay = sorted(group, key=lambda i: encoded[i].base)
    for position, i in enumerate(by_pay):
        for j in by_pay[position + 1 : position + 1 + NEIGHBOURS]:
            if encoded[j].base <= MAX_PAY_RATIO * encoded[i].base:
                yield min(i, j), max(i, j)


def _is_soon(ordered: Sequence[RecentSubmission], early: int, late: int) -> bool:
    return ordered[late].submitted_at - ordered[early].submitted_at <= MAX_INTERVAL


@dataclass(frozen=True, slots=True)
class _Frequencies:
    """How many of the `distinct` submissions have each answer and each key; identical submissions count once."""

    distinct: int
    answers: Counter[int]
    keys: Counter[Numbers]
    questions: Sequence[str]

    def chance_matches(self, one: _EncodedAnswers, other: _EncodedAnswers) -> float:
        """The expected number of submissions that match `one` as well as `other` does, if all come from different people."""
        same_key = max(2 ** -self._bits(one.key), (self.keys[one.key] - 2) / self.distinct)
        first, second = set(one.others), set(other.others)
        changed = len({self.questions[answer] for answer in first ^ second})
        bits = self._bits(first & second) + _pay_bits(one.base, other.base) - CHANGED_BITS * changed
        return self.distinct * same_key * 2**-bits

    def _bits(self, shared: Iterable[int]) -> float:
        """The information in shared answers, by how rare they are."""
        return DEPENDENCE * fsum(log2((self.distinct + 1) / self.answers[answer]) for answer in shared)


def _frequencies(encoded: Sequence[_EncodedAnswers], numbers: Iterable[Answer]) -> _Frequencies:
    distinct = set(encoded)
    answers = Counter(number for one in distinct for number in (*one.key, *one.others))
    keys = Counter(one.key for one in distinct)
    return _Frequencies(len(distinct), answers, keys, [question for question, _ in numbers])


def _pay_bits(one: int, other: int) -> float:
    """The information in a shared base salary: one in sixteen people with the same key shares a round salary, and one in ten
    of those each further digit.

    >>> _pay_bits(150_000, 150_000), _pay_bits(150_000, 151_000), round(_pay_bits(151_730, 151_730), 2)
    (4.0, 5.0, 13.97)
    """
    return 4.0 + log2(10) * max(0, len(str(one).rstrip("0")) - 2) if one == other else 5.0


MIN_BURST = 8
"""Submissions in an hour below which there is no burst, however rare their kind."""
MAX_CHANCE = 1e-6
"""Probability of that many in an hour below which they are a burst."""
HOUR, DAYS = 3_600.0, 30
"""Seconds; and the days that the usual rate is computed over."""

Times = npt.NDArray[np.float64]


def bursts(recent: Iterable[RecentSubmission]) -> dict[UUID, Finding]:
    """A finding for each submission of an hour with unusually many of the same employer, or of the same role and place.

    The test is a Poisson tail against the usual rate, which requires the submissions of 30 days.
    """
    ordered = in_order(recent)
    times = np.array([one.submitted_at.timestamp() for one in ordered])
    kinds: dict[str, list[Hashable]] = {
        "with this employer": [one.employer for one in ordered],
        "with this role and place": [(one.answers.one.get(Factor.ROLE, ""), one.place) for one in ordered],
    }
    found: dict[UUID, Finding] = {}
    for description, kind in kinds.items():
        for group in grouped((i for i, key in enumerate(kind) if key), kind.__getitem__, MIN_BURST):
            for members, finding in _burst_findings(description, times[list(group)], times):
                found |= {ordered[group[member]].id: finding for member in members}
    return found


def _burst_findings(description: str, times: Times, all_times: Times) -> Iterator[tuple[range, Finding]]:
    """The members of a group that came in a burst; each gets the finding of the first burst that it belongs to."""
    start = 0
    for last, count, usual in _find_bursts(times, all_times):
        message = f"{count} submissions {description} arrived within an hour; about {usual:.2g} would be usual."
        yield range(max(start, last + 1 - count), last + 1), Finding(FindingCode.BURST, message, count)
        start = last + 1


def _find_bursts(times: Times, all_times: Times) -> Iterator[tuple[int, int, float]]:
    """The last member of each burst, its size and the usual number; times are ascending.

    The usual number is the larger of two: the group's rate in the 30 days before, and its share of those 30 days times the
    submissions of others within the hour, since a surge of all kinds raises the number of each kind.
    """
    count, before = _counts(times, times)
    total_count, total_before = _counts(times, all_times)
    hours = np.clip((times - HOUR - all_times[0]) / HOUR, 24, DAYS * 24)
    share = np.maximum(1 / hours, (total_count - count) / np.maximum(total_before - before, 1))
    usual = (before + 0.5) * share  # a kind not seen before counts as half a submission
    chance = pdtrc(count - 1, usual)
    for last in np.flatnonzero((count >= MIN_BURST) & (chance < MAX_CHANCE)):
        yield int(last), int(count[last]), float(usual[last])


def _counts(ends: Times, times: Times) -> tuple[Times, Times]:
    """The number of times within the hour up to each end, and within the 30 days before that hour."""
    now, hour_ago, month_ago = (
        np.searchsorted(times, ends - back, side="right").astype(np.float64) for back in (0, HOUR, HOUR + DAYS * 24 * HOUR)
    )
    return now - hour_ago, hour_ago - month_ago
