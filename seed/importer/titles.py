"""The job titles of a file: roles, and the levels, internships and specializations that titles name."""

from collections import Counter
from collections.abc import Container, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from service.counts import count_of
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue
from service.vocabulary.titles import WORDS_LEFT_OUT, TitleReading

ValueIds = NDArray[np.int64]
_LISTED_TITLES = 10


class Roles:
    """Reads roles from titles, and from US occupation codes (SOC), whose roles are `occupations`.

    Each distinct title is read once.
    """

    def __init__(self, reference: Reference, occupations: Mapping[str, str]) -> None:
        self._taxonomy, self._titles, self._occupations = reference.taxonomy, reference.titles, occupations
        self._readings: dict[str, TitleReading] = {}

    def reading(self, title: str) -> TitleReading:
        """What a title says."""
        found = self._readings.get(title)
        if found is None:
            found = self._readings[title] = self._titles.read(title)
        return found

    def reading_with(self, title: str, role: FactorValue | None) -> TitleReading:
        """What a title says beside its role, which is known from elsewhere if the title names none."""
        found = self.reading(title)
        return self._titles.with_known_role(found, role) if role else found

    def of_title(self, title: str) -> FactorValue | None:
        """The role that a title names, with or without a level, a place or a team."""
        return self.reading(title).role

    def of_occupation(self, soc: str) -> FactorValue | None:
        """The role of an occupation code. A code with an unknown suffix is looked up by its first seven characters."""
        code = soc.strip()
        role = self._occupations.get(code) or self._occupations.get(code[:7])
        return self._taxonomy.lookup(Factor.ROLE, role) if role else None


class TitleAttributes:
    """Reads levels, internships and specializations from titles.

    The ids of specializations are positions in `specializations`, the lists of their values. `notes` counts the rows whose
    role was read from a part of the title, with the most frequent of these titles.
    """

    def __init__(self, taxonomy: Taxonomy, roles: Roles) -> None:
        self._taxonomy, self._roles = taxonomy, roles
        self._internship = _id(taxonomy.lookup(Factor.EMPLOYMENT_TYPE, "internship"))
        self._positions: dict[tuple[str, int], int] = {}
        self._levels: list[int] = [0]
        self._employment_types: list[int] = [0]
        self._in_part: list[str] = [""]
        self.specializations: list[tuple[int, ...]] = [()]
        self._partly_read: Counter[str] = Counter()

    def ids(self, titles: Sequence[str], roles: ValueIds, mapped: Container[str]) -> dict[Factor, ValueIds]:
        """The ids of each title's values by factor, 0 for unknown; `roles` are those of its role (0: unknown).

        `mapped` has the titles, folded, whose role the mapping says.
        """
        keys = list(zip(titles, roles.tolist(), strict=True))
        for key in dict.fromkeys(keys):
            if key not in self._positions:
                self._read(*key, fold(key[0]) in mapped)
        found = np.fromiter(map(self._positions.__getitem__, keys), np.int64, len(keys))
        for position, rows in enumerate(np.bincount(found).tolist()):
            if rows and self._in_part[position]:
                self._partly_read[self._in_part[position]] += rows
        return {
            Factor.LEVEL: np.array(self._levels)[found],
            Factor.EMPLOYMENT_TYPE: np.array(self._employment_types)[found],
            Factor.SPECIALIZATION: found,
        }

    def _read(self, title: str, role: int, mapped: bool) -> None:
        reading = self._roles.reading_with(title, self._taxonomy.get(role))
        self._positions[title, role] = len(self._levels)
        self._levels.append(_id(reading.level))
        self._employment_types.append(self._internship if reading.internship else 0)
        self.specializations.append(tuple(sorted(value.id for value in reading.specializations)))
        in_part = reading.certainty == WORDS_LEFT_OUT and _id(reading.role) == role and not mapped
        self._in_part.append(_description(title, reading) if in_part else "")

    @property
    def notes(self) -> Counter[str]:
        if not self._partly_read:
            return Counter()
        listed = "; ".join(description for description, _ in self._partly_read.most_common(_LISTED_TITLES))
        others = len(self._partly_read) - _LISTED_TITLES
        more = f"; and {count_of(others, 'more title')}" if others > 0 else ""
        return Counter({f"role and level are read from a part of the title: {listed}{more}": self._partly_read.total()})


def _description(title: str, reading: TitleReading) -> str:
    """A title with what was read from it and the words left out."""
    values = ", ".join(value.code for value in (reading.role, reading.level) if value)
    return f"{title.strip()!r} is {values} without {reading.left_out!r}"


def _id(value: FactorValue | None) -> int:
    return value.id if value else 0
