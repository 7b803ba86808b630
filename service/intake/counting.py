"""Counting: which contributions count towards the k of a class, by what a second one would cost. Pure.

A contribution counts for a class, and is released in it, only as the first of its network prefix (IPv4 /24, IPv6 /48) in
that class and year. Networks that counted are stored as keyed hashes of network, class and year, called marks. The key lies
outside the database and is destroyed with its year, after which nobody can test a network against the marks. The submission
row stores one bit per class, as the year by the kind of the class, and no hash. A single-use invitation takes the network's
place: a contribution that uses one up counts for all of its classes and needs no marks.

A class with a level and the one without it are marked alike. If each level counted by itself, a network could have six
records in every cohort of a role and country, and `python -m bench.privacy` shows what they do to its median.

The year is that of the key, which is the year of the arrival in UTC. Arrival decides: a bit is never recomputed, so that
the withdrawal of an earlier contribution does not let a later one count, and a sender learns nothing from it. An amendment
keeps the bits of what was counted before and is counted again in its other classes; the marks of classes that it leaves
remain, since a mark must not be found again from a submission. Base salary and total compensation of one submission have the
same bits.
"""

import hmac
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from service.vocabulary.contribution_class import INVITATION_SCHEDULE, ContributionClass

MARK_BYTES = 16
"""Enough that none of a billion marks a year equals another's by chance."""


@dataclass(frozen=True, slots=True)
class CountingKey:
    """The key of one calendar year's marks."""

    year: int
    value: bytes = field(repr=False)

    def is_current(self, now: datetime) -> bool:
        """Whether the key may still be used; otherwise it is to be destroyed."""
        return now.astimezone(UTC).year <= self.year

    def mark(self, network: str, counting_code: str) -> bytes:
        """The mark of a network prefix in a class: HMAC-SHA-256 under the key, cut to MARK_BYTES."""
        text = f"{self.year} {network} {counting_code}"
        return hmac.digest(self.value, text.encode(), "sha256")[:MARK_BYTES]


YearsByCode = Mapping[str, int | None]
"""By counting code, the year in which an earlier version was counted; None if it was not."""


def years_by_code(classes: Sequence[ContributionClass], counted: Mapping[str, int]) -> YearsByCode:
    """The years of the classes of an earlier version that was counted in these years, by kind."""
    return {one.counting_code: counted.get(one.kind) for one in classes}


@dataclass(frozen=True, slots=True)
class CountRequest:
    """How a contribution is counted: `counted` has the years that are decided, by kind; it also counts, in `year`, for the
    kinds whose mark is new."""

    year: int
    counted: Mapping[str, int]
    marks: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def by_network(
        cls, key: CountingKey, network: str, classes: Sequence[ContributionClass], earlier: YearsByCode | None = None
    ) -> "CountRequest":
        """Of a contribution from a network; `earlier` has the years of the version that it amends."""
        known, codes = earlier or {}, {one.kind.value: one.counting_code for one in classes}
        counted = {kind: year for kind, code in codes.items() if (year := known.get(code))}
        mark_of = {code: key.mark(network, code) for code in set(codes.values()).difference(known)}
        return cls(key.year, counted, {kind: mark_of[code] for kind, code in codes.items() if code in mark_of})

    @classmethod
    def by_invitation(
        cls,
        year: int,
        classes: Sequence[ContributionClass] = (),
        earlier: YearsByCode | None = None,
        counted: Mapping[str, int] | None = None,
    ) -> "CountRequest":
        """Of a contribution by invitation, which counts for every kind of class, also those that its answers lack until
        its employer is accepted. An amendment has the classes of its answers, and the years of the version that it amends,
        by code and by kind."""
        decided = {kind.value: (counted or {}).get(kind, year) for kind in INVITATION_SCHEDULE}
        recounted = {one.kind.value: (earlier or {}).get(one.counting_code) or year for one in classes}
        return cls(year, decided | recounted)


@dataclass(frozen=True, slots=True)
class CountResult:
    """In which of its classes a contribution counts, and the marks to store."""

    bits: Mapping[ContributionClass, bool]
    marks: frozenset[bytes]


def count(
    key: CountingKey,
    network: str,
    classes: Sequence[ContributionClass],
    marked: Collection[bytes],
    earlier_bits: Mapping[ContributionClass, bool] | None = None,
) -> CountResult:
    """Count an arriving contribution: the bit of each of its classes, and the marks that `marked` lacks.

    `earlier_bits` are those of the version that it amends: what was counted then, apart from the level, keeps its bit. The
    service does the same in its database, where other contributions may arrive at the same time.
    """
    earlier = {one.counting_code: key.year if bit else None for one, bit in (earlier_bits or {}).items()}
    request = CountRequest.by_network(key, network, classes, earlier)
    new = {kind: mark for kind, mark in request.marks.items() if mark not in marked}
    bits = {one: one.kind in request.counted or one.kind in new for one in classes}
    return CountResult(bits, frozenset(new.values()))
