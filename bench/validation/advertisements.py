"""The ai-jobs file, row by row: PayRank's statistics and those of the same rows by NumPy; a section of the report."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from bench.markdown import change, dollars, percent, table
from bench.validation.client import ApiClient, Split
from bench.validation.comparison import Agreement, Key, PaySummary, agreement, equal_cell, summary_of
from bench.validation.files import AIJOBS, ECB, Files
from service.store.reference import Reference
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import Factor
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

SOURCES = ["aijobs", "aijobs-survey"]
MIN_ROWS = 5
SINCE = "2024"
COUNTRIES, CURRENCIES, ROLES, MIN_RATE_ROWS = 8, 8, 10, 50
EXAMPLE = "Machine Learning Engineer"
_LEVELS = {"EN": "entry", "MI": "mid", "SE": "senior", "EX": "executive"}
_MODES = {"0": "on-site", "50": "hybrid", "100": "remote"}
_SIZES = {"S": "small", "M": "medium", "L": "large"}


@dataclass(frozen=True, slots=True)
class Row:
    """One row. `file_dollars` is the file's own amount in US dollars, `ecb_dollars` the amount at the ECB's mean rate of
    the year (None without such a rate)."""

    title: str
    role: str
    level: str
    country: str
    year: str
    mode: str
    size: str
    currency: str
    amount: float
    file_dollars: float
    ecb_dollars: float | None


@dataclass(frozen=True, slots=True)
class Exactness:
    """Agreement of one grouping.

    `dollars_only` are groups entirely in US dollars. Groups with other currencies are compared at the ECB's rates
    (`ecb_rates`) and with the file's own US dollars (`file_rates`); `without_ecb_rate` counts those left out.
    """

    label: str
    without_ecb_rate: int
    dollars_only: Agreement
    ecb_rates: Agreement
    file_rates: Agreement


@dataclass(frozen=True, slots=True)
class RoleComparison:
    """A role in the United States: PayRank's summary, and the summary of the rows with its most frequent title."""

    role: str
    title: str
    titles: int
    payrank: PaySummary
    title_only: PaySummary


@dataclass(frozen=True, slots=True)
class FileRate:
    """The file's rate of a currency and year, the median over its rows, and the ECB's mean rate, None without one."""

    currency: str
    year: str
    rows: int
    file: float
    ecb: float | None

    @property
    def relative_error(self) -> float | None:
        """The file's rate relative to the ECB's: -0.05 is 5% below."""
        return self.file / self.ecb - 1 if self.ecb else None


@dataclass(frozen=True, slots=True)
class CountryComparison:
    """Pay since 2024 in a country with another currency than US dollars, by PayRank and by the file."""

    code: str
    currency: str
    payrank: PaySummary
    file: PaySummary


@dataclass(frozen=True)
class Advertisements:
    """The comparisons of this section; `paired` has PayRank's summaries by role after an import that merges pairs."""

    rows: Sequence[Row]
    exactness: Sequence[Exactness]
    roles: Sequence[RoleComparison]
    rates: Sequence[FileRate]
    equal_rates: tuple[int, int]
    countries: Sequence[CountryComparison]
    paired: Mapping[str, PaySummary]


def compare_advertisements(
    files: Files, client: ApiClient, rows: Sequence[Row], reference: Reference, paired: Mapping[str, PaySummary]
) -> Advertisements:
    """Compare the rows with PayRank after an import without pairs."""
    rates = file_rates(rows, files)
    return Advertisements(
        rows,
        [exactness(one, rows, client, reference.taxonomy) for one in GROUPINGS],
        by_role(rows, client),
        rates,
        equal_to_ecb(reference.rates, rates),
        countries(rows, client),
        paired,
    )


# Rows and groups


def rows_of(files: Files, reference: Reference) -> list[Row]:
    rates = {(row["currency"], row["year"]): float(row["usd_per_unit_ratio_of_means"]) for row in files.rows(ECB)}
    role = cache(lambda title: reference.titles.read(title).role)
    return [_row(row, rates, role(row["job_title"])) for row in files.rows(AIJOBS)]


def _row(row: Mapping[str, str], rates: Mapping[tuple[str, str], float], role: FactorValue | None) -> Row:
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
class Grouping:
    """One way to group the file: in GraphQL by factors, and in the file by columns."""

    label: str
    first: Factor
    others: tuple[Split, ...]
    key: Callable[[Row], Key]

    def payrank_groups(self, client: ApiClient, taxonomy: Taxonomy) -> dict[Key, PaySummary]:
        """PayRank's groups; for a factor with a tree of values, by the children of its top values."""
        where = {"source": SOURCES}
        if parents := parents_of(taxonomy, self.first):
            return client.groups_below(where, self.first.name, parents, *self.others)
        return client.groups(where, (self.first.name, None), *self.others)

    def file_groups(self, rows: Iterable[Row], payrank: Mapping[Key, PaySummary]) -> dict[Key, list[Row]]:
        """The rows of each group with at least MIN_ROWS, for values that PayRank's groups have."""
        found: dict[Key, list[Row]] = defaultdict(list)
        for row in rows:
            found[self.key(row)].append(row)
        first_values = {key[0] for key in payrank}
        return {key: group for key, group in found.items() if len(group) >= MIN_ROWS and key[0] in first_values}


def parents_of(taxonomy: Taxonomy, factor: Factor) -> list[str]:
    """The codes of a factor's top values that have values below them."""
    return [top.code for top in taxonomy.roots(factor) if taxonomy.children_of_factor(top, factor)]


GROUPINGS = (
    Grouping(
        "country, year and level",
        Factor.COUNTRY,
        (("YEAR", None), ("LEVEL", None)),
        lambda row: (row.country, row.year, row.level),
    ),
    Grouping(
        "role, level and year", Factor.ROLE, (("LEVEL", None), ("YEAR", None)), lambda row: (row.role, row.level, row.year)
    ),
    Grouping(
        "level, work mode and employer size",
        Factor.LEVEL,
        (("WORK_MODE", None), ("EMPLOYER_SIZE", None)),
        lambda row: (row.level, row.mode, row.size),
    ),
)


def exactness(grouping: Grouping, rows: Sequence[Row], client: ApiClient, taxonomy: Taxonomy) -> Exactness:
    payrank = grouping.payrank_groups(client, taxonomy)
    groups = grouping.file_groups(rows, payrank)
    plain = {key: group for key, group in groups.items() if all(row.currency == "USD" for row in group)}
    mixed = {key: group for key, group in groups.items() if key not in plain and all(row.ecb_dollars for row in group)}
    return Exactness(
        grouping.label,
        len(groups) - len(plain) - len(mixed),
        agreement(_restricted(payrank, plain), _summaries(plain, lambda row: row.file_dollars)),
        agreement(_restricted(payrank, mixed), _summaries(mixed, lambda row: row.ecb_dollars or 0.0)),
        agreement(_restricted(payrank, mixed), _summaries(mixed, lambda row: row.file_dollars)),
    )


def _restricted(payrank: Mapping[Key, PaySummary], groups: Mapping[Key, object]) -> dict[Key, PaySummary]:
    return {key: found for key, found in payrank.items() if key in groups}


def _summaries(groups: Mapping[Key, Sequence[Row]], amount: Callable[[Row], float]) -> dict[Key, PaySummary]:
    return {key: summary_of([amount(row) for row in group]) for key, group in groups.items()}


# Roles and titles


def chosen_roles(rows: Sequence[Row]) -> list[str]:
    """Machine-learning engineers, then the roles with most rows in the United States."""
    here = Counter(row.role for row in rows if row.country == "us" and row.role)
    [example] = {row.role for row in rows if row.title == fold(EXAMPLE)}
    return [example, *(role for role, _ in here.most_common(ROLES) if role != example)][:ROLES]


def by_role(rows: Sequence[Row], client: ApiClient) -> list[RoleComparison]:
    """The chosen roles; titles are counted in the whole file."""
    titles: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        titles[row.role][row.title] += 1
    return [_role_comparison(role, titles[role], rows, client) for role in chosen_roles(rows)]


def _role_comparison(role: str, titles: Counter[str], rows: Sequence[Row], client: ApiClient) -> RoleComparison:
    [(title, _)] = titles.most_common(1)
    of_title = [row.file_dollars for row in rows if row.title == title and row.country == "us"]
    return RoleComparison(role, title, len(titles), in_united_states(role, client), summary_of(of_title))


def in_united_states(role: str, client: ApiClient) -> PaySummary:
    return client.required_summary({"source": SOURCES, "country": ["us"], "role": [role]})


# Currencies


def file_rates(rows: Iterable[Row], files: Files) -> list[FileRate]:
    """By currency, those with most rows first, and year."""
    known = {(row["currency"], row["year"]): float(row["usd_per_unit_ratio_of_means"]) for row in files.rows(ECB)}
    implied: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.currency != "USD":
            implied[row.currency, row.year].append(row.file_dollars / row.amount)
    totals = Counter({key: len(found) for key, found in implied.items()})
    by_currency: Counter[str] = Counter()
    for (currency, _), count in totals.items():
        by_currency[currency] += count
    order = [currency for currency, _ in by_currency.most_common()]
    return [
        FileRate(currency, year, len(found), float(np.median(found)), known.get((currency, year)))
        for (currency, year), found in sorted(implied.items(), key=lambda item: (order.index(item[0][0]), item[0][1]))
    ]


def equal_to_ecb(rates: Rates, wanted: Iterable[FileRate]) -> tuple[int, int]:
    """How many of the rates that these rows need are the ECB's means in PayRank, and how many the ECB publishes."""
    published = [one for one in wanted if one.ecb]
    return sum(rates.usd(one.currency, int(one.year)) == one.ecb for one in published), len(published)


def countries(rows: Sequence[Row], client: ApiClient) -> list[CountryComparison]:
    """The countries with most rows in other currencies than US dollars, since 2024."""
    recent = [row for row in rows if row.year >= SINCE]
    foreign = Counter(row.country for row in recent if row.currency != "USD")
    return [
        _country_comparison(code, [row for row in recent if row.country == code], client)
        for code, _ in foreign.most_common(COUNTRIES)
    ]


def _country_comparison(code: str, rows: Sequence[Row], client: ApiClient) -> CountryComparison:
    payrank = client.required_summary({"source": SOURCES, "country": [code], "effective": {"from": f"{SINCE}-01"}})
    [(currency, _)] = Counter(row.currency for row in rows if row.currency != "USD").most_common(1)
    return CountryComparison(code, currency, payrank, summary_of([row.file_dollars for row in rows]))


# Section of the report


def fields(found: Advertisements) -> dict[str, object]:
    """The fields of page.md."""
    example = found.roles[0]
    return {
        "foreign": f"{sum(row.currency != 'USD' for row in found.rows):,}",
        "rows": f"{len(found.rows):,}",
        "exact": _exactness_table(found),
        "dollars_equal": _total(found, "dollars_only"),
        "ecb_equal": _total(found, "ecb_rates"),
        "file_equal": _total(found, "file_rates"),
        "without_ecb_rate": found.exactness[0].without_ecb_rate,
        "largest": dollars(max(one.file_rates.largest for one in found.exactness)),
        "example_role": example.role,
        "example": _example(example),
        "countries": _country_table(found.countries),
        "titles": _role_table(found.roles),
        "unmapped": percent(sum(not row.role for row in found.rows) / len(found.rows)),
        "ranges": _range_table(found),
        "median_moves": _range_of_changes(found, 2),
        "p10_moves": _range_of_changes(found, 0),
        "p90_moves": _range_of_changes(found, 4),
        **_conversion(found),
    }


def _conversion(found: Advertisements) -> dict[str, object]:
    frequent = [rate for rate in found.rates if rate.relative_error is not None and rate.rows >= MIN_RATE_ROWS]
    early = [abs(rate.relative_error or 0) for rate in frequent if rate.year < SINCE]
    late = [abs(rate.relative_error or 0) for rate in frequent if rate.year >= SINCE]
    top = list(dict.fromkeys(rate.currency for rate in found.rates))[:3]
    rounded = [
        f"{1 / rate.file:.2f} {rate.currency} in {rate.year}"
        for rate in frequent
        if rate.currency in top and rate.year >= SINCE
    ]
    return {
        "since": SINCE,
        "currencies": CURRENCIES,
        "rate_rows": MIN_RATE_ROWS,
        "rates": _rate_table(found.rates),
        "rates_close": f"{100 * max(early):.1f}%",
        "rates_off": f"{100 * max(late):.1f}%",
        "round_rates": ", ".join(rounded),
        "equal_rates": "{:,} of {:,}".format(*found.equal_rates),
    }


def _total(found: Advertisements, side: str) -> str:
    every = [getattr(one, side) for one in found.exactness]
    return f"{sum(one.equal for one in every):,} of {sum(one.percentiles for one in every):,}"


def _exactness_table(found: Advertisements) -> str:
    header = (
        "equal percentiles, by",
        "all in US dollars",
        "other currencies, ECB's means",
        "other currencies, file's dollars",
    )
    return table(
        header,
        (
            (one.label, equal_cell(one.dollars_only), equal_cell(one.ecb_rates), equal_cell(one.file_rates))
            for one in found.exactness
        ),
    )


def _example(example: RoleComparison) -> str:
    payrank = ", ".join(dollars(one) for one in example.payrank.percentiles)
    file = ", ".join(dollars(one) for one in example.title_only.percentiles)
    same = "the same" if payrank == file else payrank
    return (
        f"the {example.title_only.count:,} rows with the title {EXAMPLE} have P10, P25, P50, P75 and P90 of {file} dollars; "
        f"PayRank reports {same} for {example.payrank.count:,} records"
    )


def _rate_table(rates: Sequence[FileRate]) -> str:
    published = [rate for rate in rates if rate.ecb]
    currencies = list(dict.fromkeys(rate.currency for rate in published))[:CURRENCIES]
    years = sorted({rate.year for rate in published})
    cells = {(rate.currency, rate.year): f"{change(rate.relative_error)} ({rate.rows:,})" for rate in published}
    return table(("", *years), ((code, *(cells.get((code, year), "") for year in years)) for code in currencies))


def _country_table(compared: Sequence[CountryComparison]) -> str:
    header = ("country", "main currency", "records", "median, PayRank", "median, file", "P10", "P50", "P90")
    return table(
        header,
        (
            (
                one.code.upper(),
                one.currency,
                f"{one.payrank.count:,}",
                dollars(one.payrank.median),
                dollars(one.file.median),
                *(_relative(one.payrank.percentiles[at], one.file.percentiles[at]) for at in (0, 2, 4)),
            )
            for one in compared
        ),
    )


def _relative(first: float | None, second: float | None) -> str:
    return change(first / second - 1) if first and second else ""


def _role_table(compared: Sequence[RoleComparison]) -> str:
    header = ("role", "titles", "records", "with its main title", "P10", "P25", "P50", "P75", "P90")
    return table(
        header,
        (
            (
                f"`{one.role}`",
                str(one.titles),
                f"{one.payrank.count:,}",
                f"{one.title_only.count:,}",
                *(_relative(*pair) for pair in zip(one.payrank.percentiles, one.title_only.percentiles, strict=True)),
            )
            for one in compared
        ),
    )


def _range_table(found: Advertisements) -> str:
    header = ("role", "row by row", "P10", "P50", "P90", "as ranges", "P10", "P50", "P90")
    return table(
        header,
        (
            (
                f"`{one.role}`",
                f"{one.payrank.count:,}",
                *(dollars(one.payrank.percentiles[at]) for at in (0, 2, 4)),
                f"{found.paired[one.role].count:,}",
                *(dollars(found.paired[one.role].percentiles[at]) for at in (0, 2, 4)),
            )
            for one in found.roles
        ),
    )


def _range_of_changes(found: Advertisements, at: int) -> str:
    """The smallest and the largest change of a percentile among the roles."""
    pairs = [(found.paired[one.role].percentiles[at], one.payrank.percentiles[at]) for one in found.roles]
    changes = [after / before - 1 for after, before in pairs if after and before]
    return f"{change(min(changes), 0)} to {change(max(changes), 0)}"
