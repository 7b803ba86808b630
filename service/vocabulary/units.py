"""Units of values: months and longer periods, counts and bands of counts, spans of pay, currencies and their rates.

A month is an integer, counted from January of year 0: `year * 12 + month - 1`.
"""

import re
from collections.abc import Iterable, Iterator
from difflib import get_close_matches
from enum import StrEnum
from functools import lru_cache

from service.errors import InputError, UnknownCode
from service.vocabulary.factors import Factor
from service.vocabulary.terms import FxRate, Term

# Periods

FIRST_YEAR, LAST_YEAR = 1990, 2049
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")


def month_of(year: int, month: int = 1) -> int:
    """
    >>> month_of(2025, 8)
    24307
    """
    return year * 12 + month - 1


def parse_month(text: str) -> int:
    """Read an ISO 8601 month; raises InputError.

    >>> parse_month("2025-08")
    24307
    """
    found = _MONTH.fullmatch(text)
    if not found or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise InputError(f"{text[:20]!r} is not a month from {FIRST_YEAR}-01 to {LAST_YEAR}-12; write it as 2025-08.")
    return month_of(int(found[1]), int(found[2]))


@lru_cache(1_024)
def month_text(month: int) -> str:
    """
    >>> month_text(24307)
    '2025-08'
    """
    return f"{month // 12:04d}-{month % 12 + 1:02d}"


def year_code(month: int) -> str:
    """
    >>> year_code(24307)
    '2025'
    """
    return f"{month // 12:04d}"


def quarter_code(month: int) -> str:
    """
    >>> quarter_code(24307)
    '2025-q3'
    """
    return f"{month // 12:04d}-q{month % 12 // 3 + 1}"


def period_start(code: str) -> int:
    """The first month of a year or quarter.

    >>> month_text(period_start("2025-q3"))
    '2025-07'
    """
    year, _, quarter = code.partition("-q")
    return month_of(int(year), 3 * int(quarter or 1) - 2)


def period_terms() -> list[Term]:
    """All years and quarters that a record can belong to."""
    years = [f"{year:04d}" for year in range(FIRST_YEAR, LAST_YEAR + 1)]
    quarters = [(year, quarter) for year in years for quarter in range(1, 5)]
    return [Term(Factor.YEAR, year, year) for year in years] + [
        Term(Factor.QUARTER, f"{year}-q{quarter}", f"{year} Q{quarter}", (Factor.YEAR, year)) for year, quarter in quarters
    ]


MAX_YEARS, MAX_COMPETING_OFFERS = 60, 20
EXPERIENCE_BANDS = ((0, 1), (2, 3), (4, 6), (7, 9), (10, 14), (15, 19), (20, MAX_YEARS))


def band_code(low: int, high: int) -> str:
    """
    >>> band_code(4, 6), band_code(20, 60)
    ('4-to-6', '20-plus')
    """
    return f"{low}-plus" if high == MAX_YEARS else f"{low}-to-{high}"


def band_of(years: int) -> str:
    """The band that contains a number of years.

    >>> band_of(5)
    '4-to-6'
    """
    return next(band_code(low, high) for low, high in EXPERIENCE_BANDS if low <= years <= high)


def count_range(code: str) -> tuple[int, int]:
    """The smallest and largest number of a count or a band.

    >>> count_range("5"), count_range("4-to-6"), count_range("20-plus")
    ((5, 5), (4, 6), (20, 60))
    """
    if code.endswith("-plus"):
        return int(code.removesuffix("-plus")), MAX_YEARS
    low, _, high = code.partition("-to-")
    return int(low), int(high or low)


def count_terms() -> list[Term]:
    """The values of experience and of competing offers."""
    bands = [
        Term(
            Factor.EXPERIENCE,
            band_code(low, high),
            f"{low} years and more" if high == MAX_YEARS else f"{low} to {high} years",
        )
        for low, high in EXPERIENCE_BANDS
    ]
    years = [
        Term(Factor.EXPERIENCE, str(n), "1 year" if n == 1 else f"{n} years", (Factor.EXPERIENCE, band_of(n)))
        for n in range(MAX_YEARS + 1)
    ]
    offers = [
        Term(Factor.COMPETING_OFFERS, str(n), "1 competing offer" if n == 1 else f"{n} competing offers")
        for n in range(MAX_COMPETING_OFFERS + 1)
    ]
    return bands + years + offers


class PayUnit(StrEnum):
    """The period that a reported amount pays for."""

    YEAR = "year"
    MONTH = "month"
    TWO_WEEKS = "two-weeks"
    WEEK = "week"
    HOUR = "hour"


PER_YEAR = {PayUnit.YEAR: 1, PayUnit.MONTH: 12, PayUnit.TWO_WEEKS: 26, PayUnit.WEEK: 52, PayUnit.HOUR: 2_080}
"""Periods in a full-time year."""


class Rates:
    """US dollars per unit of a currency, by calendar year (mean of the year).

    >>> rates = Rates([FxRate("USD", 2024, 1.0), FxRate("EUR", 2024, 1.0824), FxRate("EUR", 2023, 1.0813)])
    >>> rates.usd("EUR", 2023), rates.usd("EUR", 2031), rates.latest("USD")
    (1.0813, 1.0824, 1.0)
    """

    def __init__(self, rates: Iterable[FxRate]) -> None:
        self._years: dict[str, dict[int, float]] = {}
        for rate in rates:
            self._years.setdefault(rate.currency, {})[rate.year] = rate.usd
        self._found: dict[tuple[str, int], float] = {}

    @property
    def currencies(self) -> list[str]:
        return sorted(self._years)

    def __contains__(self, currency: str) -> bool:
        return currency in self._years

    def __iter__(self) -> Iterator[FxRate]:
        return (FxRate(currency, year, usd) for currency, years in self._years.items() for year, usd in years.items())

    def usd(self, currency: str, year: int) -> float:
        """The rate of a year, or of the nearest year with a rate; raises UnknownCode."""
        key = currency, year
        if key not in self._found:
            years = self._known(currency)
            self._found[key] = years[min(years, key=lambda known: (abs(known - year), known))]
        return self._found[key]

    def latest(self, currency: str) -> float:
        """The rate of the newest year, used to convert to a reporting currency."""
        years = self._known(currency)
        return years[max(years)]

    def _known(self, currency: str) -> dict[int, float]:
        if currency not in self._years:
            near = get_close_matches(currency.upper(), self.currencies, n=3, cutoff=0.5)
            raise UnknownCode("currency", currency[:20], near)
        return self._years[currency]


_COUNTRIES = """
    AED: ae; AFN: af; ALL: al; AMD: am; ANG: an; AOA: ao; ARS: ar; AUD: au cc cx hm ki nf nr tv; AWG: aw; AZN: az; BAM: ba;
    BBD: bb; BDT: bd; BGN: bg; BHD: bh; BIF: bi; BMD: bm; BND: bn; BOB: bo; BRL: br; BSD: bs; BTN: bt; BWP: bw; BYN: by;
    BZD: bz; CAD: ca; CDF: cd; CHF: ch li; CLP: cl; CNY: cn; COP: co; CRC: cr; CVE: cv; CZK: cz; DJF: dj; DKK: dk fo gl;
    DOP: do; DZD: dz; EGP: eg; ERN: er; ETB: et;
    EUR: ad at ax be bl cy de ee es fi fr gf gp gr hr ie it lt lu lv mc me mf mq mt nl pm pt re si sk sm tf va xk yt;
    FJD: fj; FKP: fk; GBP: gb gg gs im je; GEL: ge; GHS: gh; GIP: gi; GMD: gm; GNF: gn; GTQ: gt; GYD: gy; HKD: hk; HNL: hn;
    HTG: ht; HUF: hu; IDR: id; ILS: il ps; INR: in; IQD: iq; IRR: ir; ISK: is; JMD: jm; JOD: jo; JPY: jp; KES: ke; KGS: kg;
    KHR: kh; KMF: km; KRW: kr; KWD: kw; KYD: ky; KZT: kz; LAK: la; LBP: lb; LKR: lk; LRD: lr; LSL: ls; LYD: ly; MAD: eh ma;
    MDL: md; MGA: mg; MKD: mk; MMK: mm; MNT: mn; MOP: mo; MRU: mr; MUR: mu; MVR: mv; MWK: mw; MXN: mx; MYR: my; MZN: mz;
    NAD: na; NGN: ng; NIO: ni; NOK: bv no sj; NPR: np; NZD: ck nu nz pn tk; OMR: om; PAB: pa; PEN: pe; PGK: pg; PHP: ph;
    PKR: pk; PLN: pl; PYG: py; QAR: qa; RON: ro; RSD: cs rs; RUB: ru; RWF: rw; SAR: sa; SBD: sb; SCR: sc; SDG: sd; SEK: se;
    SGD: sg; SHP: sh; SLE: sl; SOS: so; SRD: sr; SSP: ss; STN: st; SYP: sy; SZL: sz; THB: th; TJS: tj; TMT: tm; TND: tn;
    TOP: to; TRY: tr; TTD: tt; TWD: tw; TZS: tz; UAH: ua; UGX: ug; USD: as bq ec fm gu io mh mp pr pw sv tc tl um us vg vi;
    UYU: uy; UZS: uz; VND: vn; VUV: vu; WST: ws; XAF: cf cg cm ga gq td; XCD: ag ai dm gd kn lc ms vc; XCG: cw sx;
    XOF: bf bj ci gw ml ne sn tg; XPF: nc pf wf; ZAR: za; ZMW: zm
"""
LOCAL_CURRENCY: dict[str, str] = {
    country: currency
    for currency, countries in re.findall(r"([A-Z]{3}): ([a-z ]+)", _COUNTRIES)
    for country in countries.split()
}
"""The currency in which pay is usually reported, by country code.

Facts of ISO 4217 as GeoNames lists them (geonames.org, CC BY 4.0); countries whose currency has no rate in the reference
data are left out.
"""
