"""The section on the ai-jobs file, in Markdown."""

from collections.abc import Sequence

from bench.validation.currencies import SINCE, Country, FileRate
from bench.validation.measurement import Advertisements
from bench.validation.tables import change, dollars, equal, percent, table
from bench.validation.titles import EXAMPLE, Compared

CURRENCIES, RATE_ROWS = 8, 50


def fields(found: Advertisements) -> dict[str, object]:
    """What page.md has of them."""
    exact, example = found.exactness, found.titles[0]
    return {
        "foreign": f"{sum(row.currency != 'USD' for row in found.rows):,}",
        "rows": f"{len(found.rows):,}",
        "exact": _exact(found),
        "plain_equal": _sum(found, "dollars"),
        "quoted_equal": _sum(found, "quoted"),
        "coarse_equal": _sum(found, "coarse"),
        "unquoted": exact[0].unquoted,
        "largest": dollars(max(one.coarse.largest for one in exact)),
        "example_role": example.role,
        "example": _example(example),
        "countries": _countries(found.countries),
        "titles": _titles(found.titles),
        "unmapped": percent(sum(not row.role for row in found.rows) / len(found.rows)),
        "ranges": _ranges(found),
        "median_moves": _moves(found, 2),
        "p10_moves": _moves(found, 0),
        "p90_moves": _moves(found, 4),
        **_conversion(found),
    }


def _conversion(found: Advertisements) -> dict[str, object]:
    many = [rate for rate in found.rates if rate.off is not None and rate.rows >= RATE_ROWS]
    early = [abs(rate.off or 0) for rate in many if rate.year < SINCE]
    late = [abs(rate.off or 0) for rate in many if rate.year >= SINCE]
    most = list(dict.fromkeys(rate.currency for rate in found.rates))[:3]
    told = [
        f"{1 / rate.file:.2f} {rate.currency} in {rate.year}"
        for rate in many
        if rate.currency in most and rate.year >= SINCE
    ]
    return {
        "since": SINCE,
        "currencies": CURRENCIES,
        "rate_rows": RATE_ROWS,
        "rates": _rates(found.rates),
        "rates_close": f"{100 * max(early):.1f}%",
        "rates_off": f"{100 * max(late):.1f}%",
        "round_rates": ", ".join(told),
        "equal_rates": "{:,} of {:,}".format(*found.equal_rates),
    }


def _sum(found: Advertisements, side: str) -> str:
    every = [getattr(one, side) for one in found.exactness]
    return f"{sum(one.equal for one in every):,} of {sum(one.figures for one in every):,}"


def _exact(found: Advertisements) -> str:
    header = ("equal figures, by", "all in US dollars", "other currencies, ECB's means", "other currencies, file's dollars")
    return table(header, ((one.label, equal(one.dollars), equal(one.quoted), equal(one.coarse)) for one in found.exactness))


def _example(example: Compared) -> str:
    told = ", ".join(dollars(one) for one in example.asked.percentiles)
    said = ", ".join(dollars(one) for one in example.alone.percentiles)
    rows = f"the {example.alone.count:,} rows with the title {EXAMPLE} say {said} US dollars at P10, P25, P50, P75 and P90"
    return f"{rows}; PayRank says {'the same' if told == said else told} of {example.asked.count:,}"


def _rates(rates: Sequence[FileRate]) -> str:
    quoted = [rate for rate in rates if rate.ecb]
    currencies = list(dict.fromkeys(rate.currency for rate in quoted))[:CURRENCIES]
    years = sorted({rate.year for rate in quoted})
    cells = {(rate.currency, rate.year): f"{change(rate.off)} ({rate.rows:,})" for rate in quoted}
    return table(("", *years), ((code, *(cells.get((code, year), "") for year in years)) for code in currencies))


def _countries(countries: Sequence[Country]) -> str:
    header = ("country", "mostly", "records", "median, PayRank", "median, file", "P10", "P50", "P90")
    return table(
        header,
        (
            (
                one.code.upper(),
                one.currency,
                f"{one.asked.count:,}",
                dollars(one.asked.median),
                dollars(one.own.median),
                *(_relative(one.asked.percentiles[at], one.own.percentiles[at]) for at in (0, 2, 4)),
            )
            for one in countries
        ),
    )


def _relative(first: float | None, second: float | None) -> str:
    return change(first / second - 1) if first and second else ""


def _titles(compared: Sequence[Compared]) -> str:
    header = ("role", "titles", "records", "of that title", "P10", "P25", "P50", "P75", "P90")
    return table(
        header,
        (
            (
                f"`{one.role}`",
                str(one.titles),
                f"{one.asked.count:,}",
                f"{one.alone.count:,}",
                *(_relative(*pair) for pair in zip(one.asked.percentiles, one.alone.percentiles, strict=True)),
            )
            for one in compared
        ),
    )


def _ranges(found: Advertisements) -> str:
    header = ("role", "row by row", "P10", "P50", "P90", "as ranges", "P10", "P50", "P90")
    return table(
        header,
        (
            (
                f"`{one.role}`",
                f"{one.asked.count:,}",
                *(dollars(one.asked.percentiles[at]) for at in (0, 2, 4)),
                f"{found.paired[one.role].count:,}",
                *(dollars(found.paired[one.role].percentiles[at]) for at in (0, 2, 4)),
            )
            for one in found.titles
        ),
    )


def _moves(found: Advertisements, at: int) -> str:
    """The least and the largest change of a percentile among the roles."""
    pairs = [(found.paired[one.role].percentiles[at], one.asked.percentiles[at]) for one in found.titles]
    moves = [after / before - 1 for after, before in pairs if after and before]
    return f"{change(min(moves), 0)} to {change(max(moves), 0)}"
