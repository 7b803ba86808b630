"""The catalogue of open pay data: the data sets of seed/mappings that have an address, and what they report."""

from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from seed.importer.mapping import Download, Mapping, PublishedFile, builtin_mapping, builtin_names
from service.errors import DataError
from service.vocabulary.factors import FACTORS, PLACES, Factor
from service.vocabulary.measures import MEASURES, TOTALS, Measure
from service.vocabulary.terms import CatalogueEntry

SMALL_MEGABYTES = 16
"""The download of a data set up to which `payrank data load --open` and a first start load it."""
_TITLED_KINDS = ("posted-range", "government-filing")
"""Kinds of source whose roles are job titles."""


@dataclass(frozen=True, slots=True)
class DataSet:
    """A data set of the catalogue, or some of its files."""

    mapping: Mapping
    download: Download
    files: tuple[PublishedFile, ...]

    @property
    def name(self) -> str:
        return self.mapping.source.code

    @property
    def megabytes(self) -> float:
        """The size of the download; one that is not known counts as large."""
        return self.download.megabytes or SMALL_MEGABYTES + 1

    @property
    def is_small(self) -> bool:
        return self.megabytes <= SMALL_MEGABYTES

    @property
    def reports(self) -> list[str]:
        """What the records have: parts of pay, then factors and scores, by their labels."""
        pay = (MEASURES[measure].label for measure in self._amounts)
        factors = (FACTORS[factor].label for factor in self.factors)
        return [*pay, *factors, *(MEASURES[column.measure].label for column in self.mapping.measures)]

    @property
    def _amounts(self) -> list[Measure]:
        """The parts of pay, as the mapping names them."""
        return [Measure.BASE_SALARY if name == "base" else Measure(name) for name in self.mapping.pay.amounts]

    @property
    def factors(self) -> list[Factor]:
        """The factors that records report, in the order of the registry.

        Titles of advertisements and filings name levels and specializations; surveys ask for a role of a list.
        """
        found = {column.factor for column in self.mapping.factors} | set(PLACES if self.mapping.place else ())
        if Factor.ROLE in found and self.mapping.source.kind in _TITLED_KINDS:
            found |= {Factor.LEVEL, Factor.SPECIALIZATION}
        if self.mapping.effective.has_months:
            found.add(Factor.QUARTER)
        return [factor for factor in FACTORS if factor in found]

    @property
    def measures(self) -> list[Measure]:
        """The measures that records report, with the totals of their parts of pay."""
        parts = self._amounts
        totals = [total for total, components in TOTALS.items() if total not in parts and {*components} <= {*parts}]
        return [*parts, *totals, *(column.measure for column in self.mapping.measures)]

    @property
    def entry(self) -> CatalogueEntry:
        """What the database stores of it."""
        rows, factors, measures = self.download.rows or 0, tuple(self.factors), tuple(self.measures)
        return CatalogueEntry(self.name, rows, self.megabytes, factors, measures)


def data_sets() -> list[DataSet]:
    """All data sets of the catalogue, by name."""
    mappings = map(builtin_mapping, builtin_names())
    return [DataSet(found, found.download, found.download.published) for found in mappings if found.download]


def find_data_set(name: str) -> DataSet:
    """The data set of a name, or only its file FILE for a name DATA_SET/FILE. Raises DataError, which lists all names."""
    code, slash, file = name.partition("/")
    known = {data_set.name: data_set for data_set in data_sets()}
    if code not in known:
        near = get_close_matches(code, known, n=1)
        hint = f"Did you mean {near[0]}?" if near else f"Known are {', '.join(known)}."
        raise DataError(f"There is no data set {code[:60]!r} in the catalogue. {hint}")
    found = known[code]
    if not slash:
        return found
    files = {one.name: one for one in found.files}
    chosen = [one for title, one in files.items() if file in (title, Path(title).stem)]
    if not chosen:
        raise DataError(f"{code} has no file {file[:60]!r}. Its files are {', '.join(files)}.")
    return DataSet(found.mapping, found.download, tuple(chosen))
