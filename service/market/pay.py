"""Pay of a year, in its parts: what an offer and a contributor's pay are both compared as. Pure."""

from dataclasses import dataclass

from service.vocabulary.measures import Measure

RANKED_BY = (Measure.TOTAL_COMPENSATION, Measure.BASE_SALARY)
"""What pay is compared by. Many sources tell base salaries alone, so these serve where too few tell the whole."""

COMPONENTS = (Measure.BASE_SALARY, Measure.BONUS, Measure.EQUITY, Measure.TOTAL_CASH)
"""The parts that are compared each by itself."""


@dataclass(frozen=True, slots=True)
class Pay:
    """Pay of a year in one currency; a part that is None is not told, and so are the totals that it belongs to."""

    base: float
    bonus: float | None
    equity: float | None

    @property
    def amounts(self) -> dict[Measure, float]:
        """By measure, as far as it is told."""
        parts = {Measure.BASE_SALARY: self.base, Measure.BONUS: self.bonus, Measure.EQUITY: self.equity}
        told = {measure: amount for measure, amount in parts.items() if amount is not None}
        if self.bonus is not None:
            told[Measure.TOTAL_CASH] = self.base + self.bonus
            if self.equity is not None:
                told[Measure.TOTAL_COMPENSATION] = self.base + self.bonus + self.equity
        return told

    @property
    def sum(self) -> float:
        """All that is told."""
        return self.base + (self.bonus or 0) + (self.equity or 0)
