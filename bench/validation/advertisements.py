"""The ai-jobs file row by row: PayRank's answers beside what the same rows say without it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.validation.agreement import Agreement, Key, agreement
from bench.validation.asking import Client, Split
from bench.validation.figures import Figures, figures_of
from bench.validation.files import AIJOBS, ECB, Files
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy, fold

SOURCES = ["aijobs", "aijobs-survey"]
LEAST = 5
_LEVELS = {"EN": "entry", "MI": "mid", "SE": "senior", "EX": "executive"}
_MODES = {"0": "on-site", "50": "hybrid", "100": "remote"}
_SIZES = {"S": "small", "M": "medium", "L": "large"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row; `dollars` is the file's own figure in US dollars, `quoted` that by the ECB's mean rate of the year, None
    where the ECB quotes none."""

    title: str
    role: str
    level: str
    country: str
    year: str
    mode: str
    size: str
    currency: str
    amount: float
    dollars: float
    quoted: float | None


def rows_of(files: Files, taxonomy: Taxonomy) -> list[Row]:
    rates = {(row["currency"], row["year"]): float(row["usd_per_unit_ratio_of_means"]) for row in files.rows(ECB)}
    return [_row(row, rates, taxonomy) for row in files.rows(AIJOBS)]


def _row(row: Mapping[str, str], rates: Mapping[tuple[str, str], float], taxonomy: Taxonomy) -> Row:
    role = taxonomy.resolve(Factor.ROLE, row["job_title"])
    amount, rate = float(row["salary"]), rates.get((row["salary_currency"], row["work_year"]))
    if row["salary_currency"] == "USD":
        rate = 1.0
    return Row(
        fold(row["job_title"]),
        role.code if role else "",
        _LEVELS[row["experience_level"]],
        row["company_location"].lower(),
        row["work_year"],
        _MODES[row["remote_ratio"]],
        _SIZES[row["company_size"]],
        row["salary_currency"],
        amount,
        float(row["salary_in_usd"]),
        float(np.rint(amount * rate)) if rate else None,
    )


@dataclass(frozen=True)
class Question:
    """One way to part the file: in GraphQL by factors, and in the file by columns."""

    label: str
    first: Factor
    others: tuple[Split, ...]
    key: Callable[[Row], Key]

    def asked(self, client: Client, taxonomy: Taxonomy) -> dict[Key, Figures]:
        """Of a factor whose values are a tree, what lies right below its top values."""
        tops = taxonomy.roots(self.first)
        below: list[str | None] = [top.code for top in tops if taxonomy.children_of_factor(top, self.first)]
        found: dict[Key, Figures] = {}
        for top in below or [None]:
            found |= client.groups({"source": SOURCES}, (self.first.name, top), *self.others)
        return found

    def groups(self, rows: Iterable[Row], asked: Mapping[Key, Figures]) -> dict[Key, list[Row]]:
        """The rows of each group that has enough of them, among the values that were asked about."""
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            found[self.key(row)].append(row)
        told = {key[0] for key in asked}
        return {key: group for key, group in found.items() if len(group) >= LEAST and key[0] in told}


QUESTIONS = (
    Question(
        "country, year and level",
        Factor.COUNTRY,
        (("YEAR", None), ("LEVEL", None)),
        lambda row: (row.country, row.year, row.level),
    ),
    Question(
        "role, level and year", Factor.ROLE, (("LEVEL", None), ("YEAR", None)), lambda row: (row.role, row.level, row.year)
    ),
    Question(
        "level, work mode and size of employer",
        Factor.LEVEL,
        (("WORK_MODE", None), ("EMPLOYER_SIZE", None)),
        lambda row: (row.level, row.mode, row.size),
    ),
)


@dataclass(frozen=True, slots=True)
class Exactness:
    """How well a way to part the file agrees: groups all in US dollars with the file's US dollars; groups with other
    currencies with the ECB's rates, where it quotes them all, and with the file's US dollars. `unquoted` are the others."""

    label: str
    unquoted: int
    dollars: Agreement
    quoted: Agreement
    coarse: Agreement


def exactness(question: Question, rows: Sequence[Row], client: Client, taxonomy: Taxonomy) -> Exactness:
    asked = question.asked(client, taxonomy)
    groups = question.groups(rows, asked)
    plain = {key: group for key, group in groups.items() if all(row.currency == "USD" for row in group)}
    mixed = {key: group for key, group in groups.items() if key not in plain and all(row.quoted for row in group)}
    return Exactness(
        question.label,
        len(groups) - len(plain) - len(mixed),
        agreement(_only(asked, plain), _own(plain, lambda row: row.dollars)),
        agreement(_only(asked, mixed), _own(mixed, lambda row: row.quoted or 0.0)),
        agreement(_only(asked, mixed), _own(mixed, lambda row: row.dollars)),
    )


def _only(asked: Mapping[Key, Figures], groups: Mapping[Key, object]) -> dict[Key, Figures]:
    return {key: found for key, found in asked.items() if key in groups}


def _own(groups: Mapping[Key, Sequence[Row]], amount: Callable[[Row], float]) -> dict[Key, Figures]:
    return {key: figures_of([amount(row) for row in group]) for key, group in groups.items()}
