"""Two sources of advertised pay in the same year, ai-jobs and data_jobs: medians by role, level and country; a section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.markdown import change, dollars, percent, table
from bench.validation.advertisements import parents_of
from bench.validation.client import ApiClient, Where
from bench.validation.comparison import Correlation, Key, PaySummary, correlation, correlation_cell
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

YEAR, FIRST, SECOND = 2023, "aijobs", "data-jobs-2023"
MIN_RECORDS = 20
"""The minimum records of a group in each of the two sources."""
NEAR = 0.1


@dataclass(frozen=True, slots=True)
class Pair:
    """A group in both sources."""

    key: Key
    first: PaySummary
    second: PaySummary

    @property
    def difference(self) -> float:
        """The second median relative to the first: 0.05 is 5% higher."""
        return self.second.median / self.first.median - 1


@dataclass(frozen=True)
class Postings:
    """Groups with enough records in both sources, those with most records of the second first."""

    roles: Sequence[Pair]
    levels: Sequence[Pair]
    countries: Sequence[Pair]

    @property
    def correlation(self) -> Correlation:
        """Spearman's, of the medians by role and level."""
        return correlation([pair.first.median for pair in self.levels], [pair.second.median for pair in self.levels])


def compare_postings(client: ApiClient, taxonomy: Taxonomy) -> Postings:
    families, continents = parents_of(taxonomy, Factor.ROLE), parents_of(taxonomy, Factor.COUNTRY)

    def both(factor: str, parents: Sequence[str], where: Where, *splits: tuple[str, str | None]) -> list[Pair]:
        period = {"from": f"{YEAR}-01", "to": f"{YEAR}-12"}
        first, second = (
            client.groups_below({**where, "source": [source], "effective": period}, factor, parents, *splits)
            for source in (FIRST, SECOND)
        )
        return pairs_of(first, second)

    here = {"country": ["us"]}
    return Postings(
        both("ROLE", families, here), both("ROLE", families, here, ("LEVEL", None)), both("COUNTRY", continents, {})
    )


def pairs_of(first: Mapping[Key, PaySummary], second: Mapping[Key, PaySummary]) -> list[Pair]:
    """The groups with MIN_RECORDS or more in both, those with most records in the second first.

    >>> some, few = PaySummary(20, (None, 1.0, 2.0, 3.0, None)), PaySummary(19, (None, 1.0, 2.0, 3.0, None))
    >>> [pair.key for pair in pairs_of({("a",): some, ("b",): some, ("c",): some}, {("a",): some, ("b",): few})]
    [('a',)]
    """
    shared = (Pair(key, first[key], second[key]) for key in first.keys() & second.keys())
    large = (pair for pair in shared if min(pair.first.count, pair.second.count) >= MIN_RECORDS)
    return sorted(large, key=lambda pair: (-pair.second.count, pair.key))


# Section of the report


def fields(found: Postings) -> dict[str, object]:
    """The fields of page.md."""
    differences = [pair.difference for pair in found.levels]
    return {
        "postings_year": YEAR,
        "postings_records": MIN_RECORDS,
        "postings_roles": _table(("role",), found.roles),
        "postings_levels": _table(("role", "level"), found.levels),
        "postings_countries": _table(("country",), found.countries),
        "postings_correlation": correlation_cell(found.correlation),
        "postings_groups": len(differences),
        "postings_near": sum(abs(difference) <= NEAR for difference in differences),
        "postings_near_limit": percent(NEAR),
        "postings_median": change(float(np.median(differences)), 0),
        "postings_lower": sum(difference < 0 for difference in differences),
    }


def _table(names: Sequence[str], pairs: Sequence[Pair]) -> str:
    header = (*names, "ai-jobs, records", "median", "data_jobs, records", "median", "difference")
    return table(
        header,
        (
            (
                *(f"`{code}`" for code in pair.key),
                f"{pair.first.count:,}",
                dollars(pair.first.median),
                f"{pair.second.count:,}",
                dollars(pair.second.median),
                change(pair.difference, 0),
            )
            for pair in pairs
        ),
    )
