"""Currencies: their yearly exchange rates, and the countries that are paid in them."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cached_property

from service.errors import UnknownCode
from service.vocabulary.measures import STORED_CURRENCY
from service.vocabulary.terms import FxRate
from service.vocabulary.units import month_of

MAX_RATE_DISTANCE = 1
"""Years between an amount and its exchange rate above which the rate is old."""


@dataclass(frozen=True, slots=True)
class OldRate:
    """A number of records of one currency and year that were converted at the rate of another year, since it is the
    nearest one."""

    currency: str
    year: int
    rate_year: int
    records: int


_PRESENT_UNITS = """
    PEN 1991-07, ARS 1992-01, MXN 1993-01, UYU 1993-03, BRL 1994-07, PLN 1995-01, UAH 1996-09, RUB 1998-01, BGN 1999-07,
    AOA 1999-12, TJS 2000-10, AFN 2002-10, SRD 2004-01, MGA 2005-01, TRY 2005-01, RON 2005-07, AZN 2006-01, MZN 2006-07,
    SDG 2007-01, GHS 2007-07, TMT 2009-01, ZMW 2013-01, BYN 2016-07, MRU 2018-01, STN 2018-01, VES 2021-10, SLE 2022-07
"""
PRESENT_UNIT: dict[str, int] = {
    currency: month_of(int(year), int(month))
    for currency, year, month in re.findall(r"([A-Z]{3}) (\d{4})-(\d\d)", _PRESENT_UNITS)
}
"""The first month of the present unit of currencies that replaced one of another value, by code: no rate is of an earlier
unit. Facts of the amendments to ISO 4217 and of the central banks that issued them."""


class Rates:
    """US dollars per unit of a currency, by calendar year (mean of the year).

    A year without a rate has that of the nearest year with one, the earlier of two.

    >>> rates = Rates([FxRate("USD", 2024, 1.0), FxRate("EUR", 2024, 1.0824), FxRate("EUR", 2023, 1.0813)])
    >>> rates.usd("EUR", 2023), rates.usd("EUR", 2031), rates.latest("USD")
    (1.0813, 1.0824, 1.0)
    >>> rates.rate_year("EUR", 2031), rates.is_old("EUR", 2025), rates.is_old("EUR", 2031), rates.is_old("USD", 2031)
    (2024, False, True, False)
    """

    def __init__(self, rates: Iterable[FxRate]) -> None:
        self._years: dict[str, dict[int, float]] = {}
        for rate in rates:
            self._years.setdefault(rate.currency, {})[rate.year] = rate.usd
        self._rate_years: dict[tuple[str, int], int] = {}

    @property
    def currencies(self) -> list[str]:
        return sorted(self._years)

    def __contains__(self, currency: str) -> bool:
        return currency in self._years

    def __iter__(self) -> Iterator[FxRate]:
        return (FxRate(currency, year, usd) for currency, years in self._years.items() for year, usd in years.items())

    @cached_property
    def digest(self) -> int:
        """Equal for equal rates, within one process."""
        return hash(frozenset(self))

    def usd(self, currency: str, year: int) -> float:
        """The rate of a year; raises UnknownCode."""
        rate_year = self.rate_year(currency, year)
        return self._years[currency][rate_year]

    def rate_year(self, currency: str, year: int) -> int:
        """The year whose rate is used for a year; raises UnknownCode."""
        key = currency, year
        if key not in self._rate_years:
            self._rate_years[key] = min(self._known(currency), key=lambda known: (abs(known - year), known))
        return self._rate_years[key]

    def is_old(self, currency: str, year: int, to: str = STORED_CURRENCY) -> bool:
        """Whether an amount of a year is converted from a currency to another at a rate, of either, that is from more than
        MAX_RATE_DISTANCE years before or after it; raises UnknownCode."""
        rated = (code for code in (currency, to) if code != STORED_CURRENCY)
        return currency != to and any(abs(self.rate_year(code, year) - year) > MAX_RATE_DISTANCE for code in rated)

    def old_rates(self, records: Mapping[tuple[str, int], int]) -> list[OldRate]:
        """Those of some numbers of records by currency and year that have the rate of another year, sorted by both."""
        return [
            OldRate(currency, year, self.rate_year(currency, year), count)
            for (currency, year), count in sorted(records.items())
            if count and currency != STORED_CURRENCY and self.rate_year(currency, year) != year
        ]

    def latest(self, currency: str) -> float:
        """The rate of the newest year, for amounts of today; raises UnknownCode."""
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
    KHR: kh; KMF: km; KRW: kr; KWD: kw; KYD: ky; KZT: kz; LAK: la; LBP: lb; LKR: lk; LSL: ls; LYD: ly; MAD: eh ma;
    MDL: md; MGA: mg; MKD: mk; MMK: mm; MNT: mn; MOP: mo; MRU: mr; MUR: mu; MVR: mv; MWK: mw; MXN: mx; MYR: my; MZN: mz;
    NAD: na; NGN: ng; NIO: ni; NOK: bv no sj; NPR: np; NZD: ck nu nz pn tk; OMR: om; PAB: pa; PEN: pe; PGK: pg; PHP: ph;
    PKR: pk; PLN: pl; PYG: py; QAR: qa; RON: ro; RSD: cs rs; RUB: ru; RWF: rw; SAR: sa; SBD: sb; SCR: sc; SDG: sd; SEK: se;
    SGD: sg; SHP: sh; SLE: sl; SOS: so; SRD: sr; SSP: ss; STN: st; SYP: sy; SZL: sz; THB: th; TJS: tj; TMT: tm; TND: tn;
    TOP: to; TRY: tr; TTD: tt; TWD: tw; TZS: tz; UAH: ua; UGX: ug; USD: as bq ec fm gu io mh mp pr pw sv tc tl um us vg vi;
    UYU: uy; UZS: uz; VES: ve; VND: vn; VUV: vu; WST: ws; XAF: cf cg cm ga gq td; XCD: ag ai dm gd kn lc ms vc; XCG: cw sx;
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
