"""Factors that are numbers: years of experience and competing offers. Each number is a value, and bands include theirs."""

from service.vocabulary.factors import Factor
from service.vocabulary.terms import Term

MOST_YEARS, MOST_OFFERS = 60, 20
BANDS = ((0, 1), (2, 3), (4, 6), (7, 9), (10, 14), (15, 19), (20, MOST_YEARS))


def band_code(low: int, high: int) -> str:
    """
    >>> band_code(4, 6), band_code(20, 60)
    ('4-to-6', '20-plus')
    """
    return f"{low}-plus" if high == MOST_YEARS else f"{low}-to-{high}"


def band_of(years: int) -> str:
    """The band that includes a number of years.

    >>> band_of(5)
    '4-to-6'
    """
    return next(band_code(low, high) for low, high in BANDS if low <= years <= high)


def bounds(code: str) -> tuple[int, int]:
    """The numbers that a value stands for, both ends included.

    >>> bounds("5"), bounds("4-to-6"), bounds("20-plus")
    ((5, 5), (4, 6), (20, 60))
    """
    if code.endswith("-plus"):
        return int(code.removesuffix("-plus")), MOST_YEARS
    low, _, high = code.partition("-to-")
    return int(low), int(high or low)


def count_terms() -> list[Term]:
    """The values of experience and of competing offers."""
    bands = [
        Term(
            Factor.EXPERIENCE,
            band_code(low, high),
            f"{low} years and more" if high == MOST_YEARS else f"{low} to {high} years",
        )
        for low, high in BANDS
    ]
    years = [
        Term(Factor.EXPERIENCE, str(n), "1 year" if n == 1 else f"{n} years", (Factor.EXPERIENCE, band_of(n)))
        for n in range(MOST_YEARS + 1)
    ]
    offers = [
        Term(Factor.COMPETING_OFFERS, str(n), "1 competing offer" if n == 1 else f"{n} competing offers")
        for n in range(MOST_OFFERS + 1)
    ]
    return bands + years + offers
