"""Medians by metro area and by industry, compared with the official wages that PayRank joins to them; a section."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from bench.markdown import percent, table
from bench.validation.client import ApiClient, Where
from bench.validation.comparison import Correlation, correlation, correlation_cell
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

MIN_RECORDS, MIN_GROUPS = 20, 10
"""The minimum records of a metro area or an industry, and the minimum of these for a correlation."""
ALL_COMPUTER_OCCUPATIONS = "15-0000"
COMPARED = (
    ("data-jobs-2023", "data-science"),
    ("data-jobs-2023", "data-engineering"),
    ("data-jobs-2023", None),
    ("lca", None),
)
"""Sources, and roles with an occupation of OEWS; None compares all roles with all computer and mathematical occupations."""
BY_INDUSTRY = (
    ("lca", "software-engineering"),
    ("data-jobs-2023", "data-science"),
    ("dataprofessionals", "database-administrator"),
)
"""The sources with most records in the United States, each with its most frequent role that has an occupation."""

_BY_METRO = """
    query ($where: CohortFilter) {
        cohort(where: $where) {
            by(factor: METRO, under: "us", first: 500) {
                value { code }
                cohort { size stats(measure: BASE_SALARY) { count p50 } officialWages { occupation p50 } }
            }
        }
    }
"""
_OF_METRO = "query ($place: Code) { officialWages(place: $place, first: 30) { occupationCode occupation p50 } }"
_OF_INDUSTRIES = """
    query ($role: Code) {
        officialWages(role: $role, place: "us", first: 500) { occupation industry { code } p50 }
    }
"""


@dataclass(frozen=True)
class LocalComparison:
    """PayRank's medians of one source and role with those of OEWS, by metro area or industry.

    `pairs` has both medians by code, for the groups with MIN_RECORDS or more whose official median was released; `reported`
    is the number of records in any group, compared or not.
    """

    source: str
    role: str | None
    occupation: str
    reported: int
    records: int
    pairs: Mapping[str, tuple[float, float]]

    @property
    def correlation(self) -> Correlation | None:
        """Spearman's; None for fewer than MIN_GROUPS."""
        return correlation(*zip(*self.pairs.values(), strict=True)) if len(self.pairs) >= MIN_GROUPS else None

    @property
    def ratio(self) -> float | None:
        """The median of PayRank's medians divided by the official ones."""
        return float(np.median([ours / official for ours, official in self.pairs.values()])) if self.pairs else None


@dataclass(frozen=True)
class OfficialWages:
    """The comparisons of this section."""

    metros: Sequence[LocalComparison]
    industries: Sequence[LocalComparison]


def compare_official_wages(client: ApiClient, taxonomy: Taxonomy) -> OfficialWages:
    return OfficialWages(
        [by_metro(client, source, role) for source, role in COMPARED],
        [by_industry(client, taxonomy, source, role) for source, role in BY_INDUSTRY],
    )


def by_metro(client: ApiClient, source: str, role: str | None) -> LocalComparison:
    """Medians by metro area of the United States, with the official ones of `Cohort.officialWages`."""
    found = client.query(_BY_METRO, where=_where(source, role))["cohort"]["by"]
    groups = {group["value"]["code"]: group["cohort"] for group in found if group["value"]}
    large = {code: cohort for code, cohort in groups.items() if cohort["stats"] and cohort["stats"]["count"] >= MIN_RECORDS}
    wages = {
        code: cohort["officialWages"][0] if role else _all_occupations(client, code)
        for code, cohort in large.items()
        if cohort["officialWages"] or not role
    }
    pairs = {code: (large[code]["stats"]["p50"], wage["p50"]) for code, wage in wages.items() if wage and wage["p50"]}
    occupation = next((wage["occupation"] for wage in wages.values() if wage), "")
    records = sum(large[code]["stats"]["count"] for code in pairs)
    return LocalComparison(source, role, occupation, sum(one["size"] for one in groups.values()), records, pairs)


def _all_occupations(client: ApiClient, metro: str) -> Mapping[str, Any] | None:
    wages = client.query(_OF_METRO, place=metro)["officialWages"]
    return next((wage for wage in wages if wage["occupationCode"] == ALL_COMPUTER_OCCUPATIONS), None)


def by_industry(client: ApiClient, taxonomy: Taxonomy, source: str, role: str) -> LocalComparison:
    """Medians by industry in the United States, with the national ones of OEWS for the industries that PayRank joins to it.

    An industry is left out if another compared one is a part of it, so that no record counts twice.
    """
    where = _where(source, role)
    wages = client.query(_OF_INDUSTRIES, role=role)["officialWages"]
    official = {wage["industry"]["code"]: wage["p50"] for wage in wages if wage["industry"] and wage["p50"]}
    summaries = {code: client.summary({**where, "industry": [code]}) for code in official}
    large = {code: found for code, found in summaries.items() if found and found.count >= MIN_RECORDS}
    within = {code: taxonomy.within(taxonomy.find(Factor.INDUSTRY, code)) for code in large}
    kept = [code for code in large if not any(within[other] < within[code] for other in large)]
    pairs = {code: (large[code].median, official[code]) for code in kept}
    groups = client.groups(where, ("INDUSTRY", None))
    reported = sum(found.count for found in groups.values())
    records = sum(large[code].count for code in kept)
    return LocalComparison(source, role, wages[0]["occupation"] if wages else "", reported, records, pairs)


def _where(source: str, role: str | None) -> Where:
    return {"source": [source], "country": ["us"], **({"role": [role]} if role else {})}


# Section of the report


def fields(found: OfficialWages) -> dict[str, object]:
    """The fields of page.md."""
    correlated = [one.correlation for one in found.metros if one.correlation]
    return {
        "local_records": MIN_RECORDS,
        "local_groups": MIN_GROUPS,
        "by_metro": _table(found.metros, "metro areas"),
        "by_industry": _table(found.industries, "industries"),
        "metro_lowest": f"{min(one.rho for one in correlated):.2f}",
        "metro_highest": f"{max(one.rho for one in correlated):.2f}",
    }


def _table(compared: Sequence[LocalComparison], groups: str) -> str:
    header = (
        "source",
        "role",
        "occupation of OEWS",
        f"records with {groups}",
        groups,
        "records",
        "rank correlation",
        "ratio",
    )
    return table(
        header,
        (
            (
                f"`{one.source}`",
                f"`{one.role}`" if one.role else "all",
                one.occupation,
                f"{one.reported:,}",
                str(len(one.pairs)),
                f"{one.records:,}",
                correlation_cell(one.correlation),
                percent(one.ratio) if one.ratio else "",
            )
            for one in compared
        ),
    )
