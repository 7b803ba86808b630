"""Data gaps: what no record of an edition reports, and which data sets of the catalogue report it."""

from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

from service.counts import joined
from service.index.index import Index
from service.vocabulary.conditions import AnyOf, Conditions, NoneOf
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.measures import MEASURES, Measure
from service.vocabulary.terms import CatalogueEntry

_MAX_DATA_SETS = 5
_EVERYWHERE = frozenset({Factor.YEAR, Factor.SOURCE, Factor.SOURCE_KIND})
"""What every record reports, so that the catalogue does not list it."""
_CONTRIBUTORS = "only contributors are asked for it (`contributedBreakdown`)."


@dataclass(frozen=True)
class DataGap:
    """What the records of a figure must report together: a `measure` and `factors`.

    `conditions` are those of the figure's cohort; more records that meet them must report what they filter on, too.
    """

    index: Index
    measure: Measure
    factors: tuple[Factor, ...] = ()
    conditions: Conditions = ()

    @cached_property
    def data_sets(self) -> tuple[str, ...]:
        """The names of the data sets that report it and are not loaded; most records for the size of the download first.

        Empty for a cohort of certain sources.
        """
        if {Factor.SOURCE, Factor.SOURCE_KIND} & {*self._filtered}:
            return ()
        found = sorted(self._loadable(self._added), key=lambda entry: (-entry.rows / entry.megabytes, entry.code))
        return tuple(entry.code for entry in found[:_MAX_DATA_SETS])

    @cached_property
    def unreported(self) -> str | None:
        """A sentence on what no record of the edition reports, and what would; None if one reports it.

        It is about all records, not about a cohort.
        """
        missing = [one for one in self._needed if not self._is_reported(one)]
        if not missing and self._count(*self.factors):
            return None
        found = _named(missing) if missing else f"{_named([self.measure])} together with {_named(self.factors)}"
        return f"No loaded source reports {found}{self._solution(missing)}"

    def with_remedies(self, sentence: str) -> str:
        """A sentence that too few records report it, followed by what the reader can do."""
        return " ".join([sentence, *(["Remove a filter."] if self.conditions else []), *self.suggestions])

    @property
    def suggestions(self) -> list[str]:
        """A sentence on a data set with more records, or on contributors if there is none and no filter to remove."""
        if self.data_sets:
            return [f"`payrank data load {self.data_sets[0]}` adds records that report {_named(self._added)}."]
        if self.conditions or not self.index.reference.catalogue:
            return []
        return [f"No other data set of the catalogue reports {_named(self._needed)}: {_CONTRIBUTORS}"]

    @property
    def _needed(self) -> tuple[Measure | Factor, ...]:
        return self.measure, *self.factors

    @property
    def _filtered(self) -> list[Factor]:
        return [condition.factor for condition in self.conditions if isinstance(condition, AnyOf | NoneOf)]

    @property
    def _added(self) -> tuple[Measure | Factor, ...]:
        """What further records must report."""
        return tuple(dict.fromkeys([*self._needed, *(factor for factor in self._filtered if factor not in _EVERYWHERE)]))

    def _solution(self, missing: Collection[Measure | Factor]) -> str:
        if self.data_sets:
            return f"; `payrank data load {self.data_sets[0]}` loads one that does."
        if not self.index.reference.catalogue:
            return "."
        others = [one for one in self._needed if one not in missing] if missing and self._loadable(missing) else []
        does = f"reports it together with {_named(others)}" if others else "does"
        return f", and no other data set of the catalogue {does}: {_CONTRIBUTORS}"

    def _is_reported(self, what: Measure | Factor) -> bool:
        if isinstance(what, Measure):
            return bool(self._count())
        return len(self.index.selection((_reports(what),))) > 0

    def _count(self, *factors: Factor) -> int:
        """The number of records of the edition that report the measure and these factors."""
        return self.index.count(tuple(map(_reports, factors)), self.measure)

    def _loadable(self, needed: Collection[Measure | Factor]) -> list[CatalogueEntry]:
        """The data sets that report all of this and are not loaded."""
        return [
            entry
            for entry in self.index.reference.catalogue
            if {*needed} - _EVERYWHERE <= {*entry.factors, *entry.measures} and not self._is_loaded(entry)
        ]

    def _is_loaded(self, entry: CatalogueEntry) -> bool:
        source = self.index.reference.taxonomy.lookup(Factor.SOURCE, entry.code)
        return source is not None and self.index.records(source.id) > 0


def _reports(factor: Factor) -> NoneOf:
    return NoneOf(factor, frozenset())


def _named(reported: Collection[Measure | Factor]) -> str:
    labels = (MEASURES[one].label if isinstance(one, Measure) else FACTORS[one].label for one in reported)
    return joined(list(labels), "and")
