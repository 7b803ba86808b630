"""Pay in other currencies: the ai-jobs file's own rates beside the means that PayRank converts by."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bench.validation.advertisements import SOURCES, Row
from bench.validation.asking import Client
from bench.validation.figures import Figures, figures_of
from bench.validation.files import ECB, Files
from service.vocabulary.money import Rates

COUNTRIES = 8
SINCE = "2024"


@dataclass(frozen=True, slots=True)
class FileRate:
    """The file's rate of one currency and year, the median over its rows, and the ECB's mean (None where it has none)."""

    currency: str
    year: str
    rows: int
    file: float
    ecb: float | None

    @property
    def off(self) -> float | None:
        """How far the file's rate lies from the ECB's: -0.05 is 5% below."""
        return self.file / self.ecb - 1 if self.ecb else None


@dataclass(frozen=True, slots=True)
class Country:
    """Pay since 2024 in a country that is mostly paid in another currency, by PayRank and by the file."""

    code: str
    currency: str
    asked: Figures
    own: Figures


def file_rates(rows: Iterable[Row], files: Files) -> list[FileRate]:
    """By currency, those with most rows first, and year."""
    known = {(row["currency"], row["year"]): float(row["usd_per_unit_ratio_of_means"]) for row in files.rows(ECB)}
    implied: dict[tuple[str, str], list[float]] = defaultdict(list)
    for row in rows:
        if row.currency != "USD":
            implied[row.currency, row.year].append(row.dollars / row.amount)
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
    """How many of the rates that these rows need PayRank has as the ECB's means, and of how many that the ECB quotes."""
    quoted = [one for one in wanted if one.ecb]
    return sum(rates.usd(one.currency, int(one.year)) == one.ecb for one in quoted), len(quoted)


def countries(rows: Sequence[Row], client: Client) -> list[Country]:
    """The countries with most rows in another currency than US dollars, since 2024."""
    recent = [row for row in rows if row.year >= SINCE]
    foreign = Counter(row.country for row in recent if row.currency != "USD")
    return [
        _country(code, [row for row in recent if row.country == code], client) for code, _ in foreign.most_common(COUNTRIES)
    ]


def _country(code: str, rows: Sequence[Row], client: Client) -> Country:
    where: Mapping[str, object] = {"source": SOURCES, "country": [code], "effective": {"from": f"{SINCE}-01"}}
    asked = client.figures(where)
    if asked is None:
        raise RuntimeError(f"PayRank tells nothing of {code} since {SINCE}, though the file was just imported.")
    [(currency, _)] = Counter(row.currency for row in rows if row.currency != "USD").most_common(1)
    return Country(code, currency, asked, figures_of([row.dollars for row in rows]))
