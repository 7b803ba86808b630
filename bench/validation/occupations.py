"""Labor condition applications beside the wage estimates of the US Bureau of Labor Statistics (OEWS), by occupation."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.validation.agreement import Key
from bench.validation.asking import Client, Where
from bench.validation.correlation import Correlation, correlation
from bench.validation.figures import SHARES, Figures, figures_of
from bench.validation.files import OEWS, STATES_2024, Files
from bench.validation.filing import STATE_RECORDS, Filing, by_state

TOO_WIDE = ("00-0000", "15-0000", "15-1299", "15-2099")
"""Sums of occupations, and what is left over."""

ROLE_RECORDS, STATES = 50, 10
"""Least records of a role that is taken in, and least states that a correlation is told of."""


@dataclass(frozen=True, slots=True)
class State:
    """One state: PayRank's answer, what the applications under the code say there (None of fewer than twenty), the median
    of OEWS, and how many work in the occupation there by OEWS."""

    asked: Figures
    own: float | None
    official: float
    employed: float


@dataclass(frozen=True)
class Occupation:
    """An occupation of OEWS and the question to PayRank that comes nearest to it."""

    code: str
    title: str
    roles: Sequence[str]
    official: Figures
    asked: Figures
    filed: Sequence[Filing]
    """Applications under the occupation's code, whatever their role."""
    shared: int
    """Applications that are both under the code and among those that answer."""
    states: Mapping[str, State]

    @property
    def own(self) -> Figures:
        """What the applications under the code say without PayRank."""
        return figures_of([filing.offered for filing in self.filed])

    @property
    def ratios(self) -> list[float]:
        """PayRank's percentiles divided by those of OEWS."""
        pairs = zip(self.asked.percentiles, self.official.percentiles, strict=True)
        return [(asked or 0.0) / (official or 0.0) for asked, official in pairs]

    @property
    def same_states(self) -> float | None:
        """PayRank's medians of states divided by those of OEWS, both weighted by who works there by OEWS."""
        compared = self.states.values()
        official = sum(state.employed * state.official for state in compared)
        return sum(state.employed * state.asked.median for state in compared) / official if official else None

    @property
    def by_role(self) -> Correlation | None:
        """Of PayRank's medians of states and those of OEWS; None over fewer than ten states."""
        return _correlation([(state.asked.median, state.official) for state in self.states.values()])

    @property
    def by_code(self) -> Correlation | None:
        """The same for the applications under the code, in the states of these that have enough."""
        return _correlation([(state.own, state.official) for state in self.states.values() if state.own is not None])

    @property
    def at_floor(self) -> float:
        """The share of the applications that offer no more than the prevailing wage."""
        return sum(filing.offered <= filing.floor for filing in self.filed) / len(self.filed)

    @property
    def floor(self) -> float:
        """The median prevailing wage divided by the median of OEWS."""
        return float(np.median([filing.floor for filing in self.filed])) / self.official.median

    @property
    def ten_employers(self) -> float:
        """The share of applications that the ten employers with most of them filed."""
        counts = Counter(filing.employer for filing in self.filed)
        return sum(count for _, count in counts.most_common(10)) / len(self.filed)


def _correlation(pairs: Sequence[tuple[float, float]]) -> Correlation | None:
    return correlation(*zip(*pairs, strict=True)) if len(pairs) >= STATES else None


def occupations(files: Files, client: Client, every: Sequence[Filing]) -> tuple[list[Occupation], list[str]]:
    """The occupations that a question to PayRank comes near to, the most frequent first, and the titles of the others."""
    states = {row["state_fips"]: f"us-{row['usps'].lower()}" for row in files.rows(STATES_2024)}
    rows = [row for row in files.rows(OEWS) if row["industry_code"] == "000000" and row["soc_code"] not in TOO_WIDE]
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
    return sorted(found, key=lambda one: -one.asked.count), sorted(others)


def _roles(every: Sequence[Filing]) -> dict[str, list[str]]:
    """For each occupation the roles most of whose applications were filed under it."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for filing in every:
        counts[filing.role][filing.occupation] += 1
    found: dict[str, list[str]] = defaultdict(list)
    for role, by_code in counts.items():
        [(code, most)] = by_code.most_common(1)
        if role and by_code.total() >= ROLE_RECORDS and 2 * most > by_code.total():
            found[code].append(role)
    return {code: sorted(roles) for code, roles in found.items()}


def _occupation(
    row: Mapping[str, str],
    local: Mapping[str, Mapping[str, str]],
    roles: Sequence[str],
    client: Client,
    every: Sequence[Filing],
) -> Occupation:
    where: Where = {"source": ["lca"], "country": ["us"], "role": roles}
    asked = client.figures(where)
    if asked is None:
        raise RuntimeError(f"PayRank tells nothing of {', '.join(roles)} among the applications that were just imported.")
    filed = [filing for filing in every if filing.occupation == row["soc_code"]]
    shared = sum(filing.role in roles for filing in filed)
    official = Figures(int(row["employment"]), tuple(float(row[f"annual_p{share}"]) for share in SHARES))
    states = _states(client.groups(where, ("SUBDIVISION", "us")), by_state(filed), local)
    return Occupation(row["soc_code"], row["soc_title"], roles, official, asked, filed, shared, states)


def _states(
    asked: Mapping[Key, Figures], own: Mapping[Key, Figures], local: Mapping[str, Mapping[str, str]]
) -> dict[str, State]:
    """The states of which both sides tell enough."""
    found = {}
    for (code,), figures in asked.items():
        row = local.get(code, {"annual_p50": "-"})
        if figures.count >= STATE_RECORDS and "-" not in (row["annual_p50"], row["employment"]):
            mine = own.get((code,))
            found[code] = State(figures, mine.median if mine else None, float(row["annual_p50"]), float(row["employment"]))
    return found
