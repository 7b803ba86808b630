"""Pay as it is published: three significant digits, and US dollars that follow from nothing but what is published. Pure."""

from dataclasses import dataclass
from typing import Self

from service.vocabulary.measures import MEASURES, Measure

DOLLAR = "USD"


@dataclass(frozen=True, slots=True)
class Pay:
    """Amounts in whole units of `currency` a year; None is untold."""

    currency: str
    base: int
    bonus: int | None = None
    equity: int | None = None

    def rounded(self) -> Self:
        return type(self)(self.currency, rounded(self.base), _each(self.bonus, 1), _each(self.equity, 1))

    def dollars(self, rate: float) -> Self:
        """The same pay told in US dollars, rounded once more since whole dollars of an odd sum are odd."""
        return type(self)(DOLLAR, rounded(round(self.base * rate)), _each(self.bonus, rate), _each(self.equity, rate))

    def measures(self, rate: float) -> dict[Measure, int]:
        """What can be told in whole US dollars at a rate; total cash needs a bonus, total compensation equity too."""
        found = {Measure.BASE_SALARY: round(self.base * rate)}
        if self.bonus is not None:
            found[Measure.BONUS] = round(self.bonus * rate)
            found[Measure.TOTAL_CASH] = found[Measure.BASE_SALARY] + found[Measure.BONUS]
        if self.equity is not None:
            found[Measure.EQUITY] = round(self.equity * rate)
        if self.bonus is not None and self.equity is not None:
            found[Measure.TOTAL_COMPENSATION] = found[Measure.TOTAL_CASH] + found[Measure.EQUITY]
        return found


def _each(amount: int | None, rate: float) -> int | None:
    return None if amount is None else rounded(round(amount * rate))


def rounded(amount: int) -> int:
    """An amount of three significant digits, half to even.

    >>> [rounded(amount) for amount in (0, 999, 1_005, 1_015, 123_456, 999_500)]
    [0, 999, 1000, 1020, 123000, 1000000]
    """
    unit: int = 10 ** max(len(str(amount)) - 3, 0)
    whole, rest = divmod(amount, unit)
    up = 2 * rest > unit or (2 * rest == unit and whole % 2 == 1)
    return (whole + up) * unit


def possible(pay: Pay, rate: float) -> bool:
    """Whether pay can be a record told in its currency and in dollars: rounding may lift it over the most."""
    told = (pay.rounded().measures(rate), pay.dollars(rate).measures(1))
    return all(
        MEASURES[measure].low <= amount <= MEASURES[measure].high for form in told for measure, amount in form.items()
    )
