"""Labor condition applications as their file has them: occupation, wage and state, and the role that PayRank reads."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from bench.validation.agreement import Agreement, Key, agreement
from bench.validation.asking import Client
from bench.validation.figures import Figures, figures_of
from bench.validation.files import FILINGS, Files
from seed.importer.titles import Titles
from seed.terms import soc_roles, title_levels
from service.vocabulary.taxonomy import Taxonomy

STATE_RECORDS = 20
"""Least records of a state whose figures are compared."""

PER_YEAR = {"Year": 1, "Hour": 2080, "Month": 12, "Week": 52, "Bi-Weekly": 26}
FORMER = {
    "15-1111": "15-1221",
    "15-1121": "15-1211",
    "15-1122": "15-1212",
    "15-1131": "15-1251",
    "15-1132": "15-1252",
    "15-1133": "15-1252",
    "15-1141": "15-1242",
    "15-1143": "15-1241",
    "15-1199.01": "15-1253",
}
"""Codes of 2010, which some applications still carry, and those of 2018 that took their place."""


@dataclass(frozen=True, slots=True)
class Filing:
    """One application: the occupation it was filed under, the role that PayRank reads, wages in whole US dollars a year."""

    occupation: str
    role: str
    state: str
    offered: int
    floor: int
    employer: str


def filings(files: Files, taxonomy: Taxonomy) -> list[Filing]:
    """Every application; the role is read from title and code as the importer does."""
    titles = Titles(taxonomy, title_levels(), soc_roles())

    @cache  # most titles come many times
    def role(title: str, code: str) -> str:
        number = titles.role(title) or titles.occupation(code)
        return taxonomy[number].code if number else ""

    return [_filing(row, role) for row in files.rows(FILINGS)]


def _filing(row: Mapping[str, str], role: Callable[[str, str], str]) -> Filing:
    code = row["SOC_CODE"].strip()
    occupation = FORMER.get(code) or FORMER.get(code[:7]) or code[:7]
    offered = float(row["WAGE_RATE_OF_PAY_FROM"]) * PER_YEAR[row["WAGE_UNIT_OF_PAY"]]
    floor = float(row["PREVAILING_WAGE"]) * PER_YEAR[row["PW_UNIT_OF_PAY"]]
    return Filing(
        occupation,
        role(row["JOB_TITLE"], code),
        f"us-{row['WORKSITE_STATE'].strip().lower()}",
        round(offered),
        round(floor),
        row["EMPLOYER_NAME"].strip().upper(),
    )


def by_state(every: Sequence[Filing]) -> dict[Key, Figures]:
    """What applications say themselves of each state, or territory, that has enough of them."""
    offered: dict[str, list[int]] = defaultdict(list)
    for filing in every:
        offered[filing.state].append(filing.offered)
    return {(state,): figures_of(found) for state, found in offered.items() if len(found) >= STATE_RECORDS}


def exactness(client: Client, every: Sequence[Filing]) -> Agreement:
    """All applications by state: PayRank's percentiles and the file's."""
    own = by_state(every)
    asked = client.groups({"source": ["lca"]}, ("SUBDIVISION", "us"))
    return agreement(
        {key: found for key, found in asked.items() if key in own}, {key: own[key] for key in asked if key in own}
    )
