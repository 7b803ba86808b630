"""Employers: one value for the many spellings of a name, with a label that people can read."""

from collections import Counter, defaultdict

import numpy as np
from numpy.typing import NDArray

from service.vocabulary.employer import readable, slug
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import Term


class Employers:
    """The employers of a file, numbered from 1 as they appear; the label is the commonest of the spellings."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._names: dict[str, Counter[str]] = defaultdict(Counter)

    def number(self, name: str) -> int | None:
        """The number of a name's employer; None for a name without a letter or digit."""
        code = slug(name)
        if not code:
            return None
        self._names[code][readable(name)] += 1
        return self._numbers.setdefault(code, len(self._numbers) + 1)

    def terms(self, rows: NDArray[np.int64], least: int, taxonomy: Taxonomy) -> list[Term]:
        """New values for the employers with so many records; `rows` holds the employer's number of every record."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        wanted = [code for code, number in self._numbers.items() if counts[number] >= least]
        return [
            Term(Factor.EMPLOYER, code, self._label(code)) for code in wanted if not taxonomy.known(Factor.EMPLOYER, code)
        ]

    def ids(self, rows: NDArray[np.int64], least: int, taxonomy: Taxonomy) -> NDArray[np.int64]:
        """The number in the taxonomy by the number here; 0 for employers with fewer records."""
        counts = np.bincount(rows, minlength=len(self._numbers) + 1)
        found = np.zeros(len(counts), np.int64)
        for code, number in self._numbers.items():
            if counts[number] >= least:
                found[number] = taxonomy.find(Factor.EMPLOYER, code).id
        return found

    def _label(self, code: str) -> str:
        names = self._names[code]
        return min(names, key=lambda name: (-names[name], name.isupper(), name))
