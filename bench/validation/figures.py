"""What is told of a set of base salaries, by PayRank or by a file itself."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

SHARES = (10, 25, 50, 75, 90)


@dataclass(frozen=True, slots=True)
class Figures:
    """Base salaries, US dollars a year: how many, and P10, P25, P50, P75, P90; None is not told of so few."""

    count: int
    percentiles: tuple[float | None, ...]

    @property
    def median(self) -> float:
        return self.percentiles[2] or 0.0


def figures_of(amounts: npt.ArrayLike) -> Figures:
    """What the amounts of a file say themselves, as NumPy interpolates."""
    values = np.asarray(amounts, np.float64)
    return Figures(len(values), tuple(float(found) for found in np.percentile(values, SHARES)))
