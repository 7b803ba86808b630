"""Labor condition applications, compared with the estimates of the US Bureau of Labor Statistics (OEWS); a section."""

from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bench.markdown import dollars, percent, table
from bench.validation.client import ApiClient, Where
from bench.validation.comparison import (
    SHARES,
    Agreement,
    Correlation,
    Key,
    PaySummary,
    agreement,
    correlation,
    correlation_cell,
    equal_cell,
    summary_of,
)
from bench.validation.files import FILINGS, OEWS, PRICES, STATES_2024, Files
from seed.importer.titles import Roles
from seed.official_wages import occupation_code
from seed.reference_data import soc_roles
from service.store.reference import Reference

MIN_STATE_RECORDS, MIN_ROLE_RECORDS, MIN_STATES = 20, 50, 10
"""The minimum records of a state, the minimum applications of a role, and the minimum states of a correlation."""
NEAR, MANY_STATES, MIN_SAME_STATES = 0.15, 20, 5
FILED, ESTIMATED = "2023-11-01", "2025-05-01"
RESIDUAL_CODES = ("00-0000", "15-0000", "15-1299", "15-2099")
"""Sums of occupations, and residual categories."""

PER_YEAR = {"Year": 1, "Hour": 2080, "Month": 12, "Week": 52, "Bi-Weekly": 26}


@dataclass(frozen=True, slots=True)
class Filing:
    """One application: its occupation code, the role by PayRank, wages in whole US dollars a year."""

    occupation: str
    role: str
    state: str
    offered: int
    prevailing: int
    employer: str


@dataclass(frozen=True, slots=True)
class StateComparison:
    """One state: PayRank's summary, the median of the applications with the code (None for fewer than twenty), the median
    of OEWS, and the employment of the occupation by OEWS."""

    payrank: PaySummary
    filed: float | None
    official: float
    employed: float


@dataclass(frozen=True)
class Occupation:
    """An occupation of OEWS and the query to PayRank that is closest to it.

    `filed` are the applications with the occupation's code, whatever their role; `shared` counts those with both the code
    and one of the roles.
    """

    code: str
    title: str
    roles: Sequence[str]
    official: PaySummary
    payrank: PaySummary
    filed: Sequence[Filing]
    shared: int
    states: Mapping[str, StateComparison]

    @property
    def filed_summary(self) -> PaySummary:
        """The summary of the applications with the code, without PayRank."""
        return summary_of([filing.offered for filing in self.filed])

    @property
    def ratios(self) -> list[float]:
        """PayRank's percentiles divided by those of OEWS."""
        pairs = zip(self.payrank.percentiles, self.official.percentiles, strict=True)
        return [(ours or 0.0) / (official or 0.0) for ours, official in pairs]

    @property
    def same_states(self) -> float | None:
        """PayRank's medians of states divided by those of OEWS, both weighted by employment by OEWS."""
        compared = self.states.values()
        official = sum(state.employed * state.official for state in compared)
        return sum(state.employed * state.payrank.median for state in compared) / official if official else None

    @property
    def by_role(self) -> Correlation | None:
        """Correlation of PayRank's medians of states with those of OEWS; None for fewer than ten states."""
        return _correlation([(state.payrank.median, state.official) for state in self.states.values()])

    @property
    def by_code(self) -> Correlation | None:
        """The same for the applications with the code, in the states that have enough of them."""
        return _correlation([(state.filed, state.official) for state in self.states.values() if state.filed is not None])

    @property
    def at_prevailing(self) -> float:
        """The share of the applications that offer no more than the prevailing wage."""
        return sum(filing.offered <= filing.prevailing for filing in self.filed) / len(self.filed)

    @property
    def prevailing(self) -> float:
        """The median prevailing wage divided by the median of OEWS."""
        return float(np.median([filing.prevailing for filing in self.filed])) / self.official.median

    @property
    def ten_employers(self) -> float:
        """The share of applications filed by the ten employers with most of them."""
        counts = Counter(filing.employer for filing in self.filed)
        return sum(count for _, count in counts.most_common(10)) / len(self.filed)


@dataclass(frozen=True)
class Filings:
    """The comparisons of this section; `inflation` is the rise of consumer prices between the two sources."""

    count: int
    exactness: Agreement
    compared: Sequence[Occupation]
    others: Sequence[str]
    inflation: float


def compare_filings(files: Files, client: ApiClient, reference: Reference) -> Filings:
    every = filings(files, reference)
    index = {row["Date"]: float(row["Index"]) for row in files.rows(PRICES)}
    compared, others = occupations(files, client, every)
    return Filings(len(every), exactness(client, every), compared, others, index[ESTIMATED] / index[FILED] - 1)


# Applications


def filings(files: Files, reference: Reference) -> list[Filing]:
    """All applications; the role is read from title and code as by the importer."""
    roles = Roles(reference, soc_roles())

    @cache  # most titles are frequent
    def role(title: str, code: str) -> str:
        found = roles.of_title(title) or roles.of_occupation(code)
        return found.code if found else ""

    return [_filing(row, role) for row in files.rows(FILINGS)]


def _filing(row: Mapping[str, str], role: Callable[[str, str], str]) -> Filing:
    code = row["SOC_CODE"].strip()
    offered = float(row["WAGE_RATE_OF_PAY_FROM"]) * PER_YEAR[row["WAGE_UNIT_OF_PAY"]]
    prevailing = float(row["PREVAILING_WAGE"]) * PER_YEAR[row["PW_UNIT_OF_PAY"]]
    return Filing(
        occupation_code(code),
        role(row["JOB_TITLE"], code),
        f"us-{row['WORKSITE_STATE'].strip().lower()}",
        round(offered),
        round(prevailing),
        row["EMPLOYER_NAME"].strip().upper(),
    )


def by_state(every: Sequence[Filing]) -> dict[Key, PaySummary]:
    """Summaries of applications by state or territory, for those with enough of them."""
    offered: dict[str, list[int]] = defaultdict(list)
    for filing in every:
        offered[filing.state].append(filing.offered)
    return {(state,): summary_of(found) for state, found in offered.items() if len(found) >= MIN_STATE_RECORDS}


def exactness(client: ApiClient, every: Sequence[Filing]) -> Agreement:
    """All applications by state: PayRank's percentiles and the file's."""
    file = by_state(every)
    payrank = client.groups({"source": ["lca"]}, ("SUBDIVISION", "us"))
    shared = payrank.keys() & file.keys()
    return agreement({key: payrank[key] for key in shared}, {key: file[key] for key in shared})


# Occupations


def occupations(files: Files, client: ApiClient, every: Sequence[Filing]) -> tuple[list[Occupation], list[str]]:
    """The occupations with a comparable query to PayRank, most frequent first, and the titles of the others."""
    states = {row["state_fips"]: f"us-{row['usps'].lower()}" for row in files.rows(STATES_2024)}
    rows = [row for row in files.rows(OEWS) if row["industry_code"] == "000000" and row["soc_code"] not in RESIDUAL_CODES]
    local: dict[str, dict[str, Mapping[str, str]]] = defaultdict(dict)
    for row in rows:
        if row["area_type"] == "state" and row["state_fips"] in states:
            local[row["soc_code"]][states[row["state_fips"]]] = row
    roles = _roles(every)
    found, others = [], []
    for row in rows:
        if row["area_type"] != "national":
            continue
        if code := roles.get(row["soc_code"]):
            found.append(_occupation(row, local[row["soc_code"]], code, client, every))
        else:
            others.append(row["soc_title"])
    return sorted(found, key=lambda one: -one.payrank.count), sorted(others)


def _roles(every: Sequence[Filing]) -> dict[str, list[str]]:
    """For each occupation, the roles with most of their applications under its code."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for filing in every:
        counts[filing.role][filing.occupation] += 1
    found: dict[str, list[str]] = defaultdict(list)
    for role, by_code in counts.items():
        [(code, most)] = by_code.most_common(1)
        if role and by_code.total() >= MIN_ROLE_RECORDS and 2 * most > by_code.total():
            found[code].append(role)
    return {code: sorted(roles) for code, roles in found.items()}


def _occupation(
    row: Mapping[str, str],
    local: Mapping[str, Mapping[str, str]],
    roles: Sequence[str],
    client: ApiClient,
    every: Sequence[Filing],
) -> Occupation:
    where: Where = {"source": ["lca"], "country": ["us"], "role": roles}
    payrank = client.required_summary(where)
    filed = [filing for filing in every if filing.occupation == row["soc_code"]]
    shared = sum(filing.role in roles for filing in filed)
    official = PaySummary(int(row["employment"]), tuple(float(row[f"annual_p{share}"]) for share in SHARES))
    states = _states(client.groups(where, ("SUBDIVISION", "us")), by_state(filed), local)
    return Occupation(row["soc_code"], row["soc_title"], roles, official, payrank, filed, shared, states)


def _states(
    payrank: Mapping[Key, PaySummary], filed: Mapping[Key, PaySummary], local: Mapping[str, Mapping[str, str]]
) -> dict[str, StateComparison]:
    """The states with enough data on both sides."""
    found = {}
    for (code,), summary in payrank.items():
        row = local.get(code, {"annual_p50": "-"})
        if summary.count >= MIN_STATE_RECORDS and "-" not in (row["annual_p50"], row["employment"]):
            own = filed.get((code,))
            found[code] = StateComparison(
                summary, own.median if own else None, float(row["annual_p50"]), float(row["employment"])
            )
    return found


def _correlation(pairs: Sequence[tuple[float, float]]) -> Correlation | None:
    return correlation(*zip(*pairs, strict=True)) if len(pairs) >= MIN_STATES else None


# Section of the report


def fields(found: Filings) -> dict[str, object]:
    """The fields of page.md."""
    compared = found.compared
    return {
        "lca_equal": equal_cell(found.exactness),
        "lca_groups": found.exactness.groups,
        "lca_rows": f"{found.count:,}",
        "others": _listed(found.others),
        "role_records": MIN_ROLE_RECORDS,
        "state_records": MIN_STATE_RECORDS,
        "states": MIN_STATES,
        "many": MANY_STATES,
        "few": MIN_SAME_STATES,
        "by_state": _state_table(compared),
        "levels": _level_table(compared),
        "reasons": _reason_table(compared),
        "roles": "\n".join(f"- {one.title}: {', '.join(f'`{role}`' for role in one.roles)}" for one in compared),
        "inflation": f"{100 * found.inflation:.1f}%",
        **_correlation_fields(compared),
        **_difference_fields(compared),
        **_extreme_fields(compared),
    }


def _correlation_fields(compared: Sequence[Occupation]) -> dict[str, object]:
    pairs = [(one.by_role, one.by_code) for one in compared if one.by_role]
    rhos = [by_role.rho for by_role, _ in pairs]
    differences = [by_code.rho - by_role.rho for by_role, by_code in pairs if by_code]
    return {
        "minimum": f"{min(rhos):.2f}",
        "maximum": f"{max(rhos):.2f}",
        "minimum_many": f"{min(by_role.rho for by_role, _ in pairs if by_role.count >= MANY_STATES):.2f}",
        "unsure": sum(by_role.low < 0 for by_role, _ in pairs),
        "correlated": len(pairs),
        "codes_higher": sum(difference > 0 for difference in differences),
        "codes_lower": sum(difference < 0 for difference in differences),
    }


def _difference_fields(compared: Sequence[Occupation]) -> dict[str, object]:
    filed = [filing for one in compared for filing in one.filed]
    return {
        "occupations": len(compared),
        "near_limit": percent(NEAR),
        "near": sum(abs(one.ratios[2] - 1) <= NEAR for one in compared),
        "p10_above": sum(one.ratios[0] > 1 for one in compared),
        "p90_below": sum(one.ratios[-1] < 1 for one in compared),
        "prevailing_below": sum(one.prevailing < 1 for one in compared),
        "at_prevailing": percent(sum(filing.offered <= filing.prevailing for filing in filed) / len(filed)),
    }


def _extreme_fields(compared: Sequence[Occupation]) -> dict[str, object]:
    """For the largest occupation, and for the one with the highest median relative to OEWS."""
    largest, furthest = compared[0], max(compared, key=lambda one: one.ratios[2])
    return {
        "developers": percent(largest.ratios[2]),
        "developers_prevailing": percent(largest.prevailing),
        "developers_states": percent(largest.same_states or 0.0),
        "furthest": furthest.title,
        "furthest_ratio": f"{furthest.ratios[2]:.2f}",
        "furthest_states": f"{furthest.same_states:.2f}",
        "furthest_ten": percent(furthest.ten_employers),
    }


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _state_table(compared: Sequence[Occupation]) -> str:
    header = ("occupation", "records", "precision", "recall", "states", "rank correlation", "by code")
    return table(
        header,
        (
            (
                f"{one.title} ({one.code})",
                f"{one.payrank.count:,}",
                percent(one.shared / one.payrank.count),
                percent(one.shared / len(one.filed)),
                str(len(one.states)),
                correlation_cell(one.by_role),
                f"{one.by_code.rho:.2f} ({one.by_code.count})" if one.by_code else "",
            )
            for one in compared
        ),
    )


def _level_table(compared: Sequence[Occupation]) -> str:
    header = ("occupation", "median, PayRank", "median, OEWS", "P10", "P25", "P50", "P75", "P90", "by code")
    return table(
        header,
        (
            (
                one.title,
                dollars(one.payrank.median),
                dollars(one.official.median),
                *(f"{ratio:.2f}" for ratio in one.ratios),
                f"{one.filed_summary.median / one.official.median:.2f}",
            )
            for one in compared
        ),
    )


def _reason_table(compared: Sequence[Occupation]) -> str:
    header = ("occupation", "P50", "same states", "prevailing wage", "at the minimum", "ten employers")
    return table(
        header,
        (
            (
                one.title,
                f"{one.ratios[2]:.2f}",
                f"{one.same_states:.2f} ({len(one.states)})"
                if one.same_states and len(one.states) >= MIN_SAME_STATES
                else "",
                f"{one.prevailing:.2f}",
                percent(one.at_prevailing),
                percent(one.ten_employers),
            )
            for one in compared
        ),
    )
