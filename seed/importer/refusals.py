"""The rows of a block that cannot become records, each with its reason."""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray


@dataclass(slots=True)
class Refusals:
    """The refused rows of a block of `rows` rows, each with the first reason found."""

    rows: int
    reasons: dict[int, str] = field(default_factory=dict)

    def refuse(self, where: NDArray[np.bool_], reason: Callable[[int], str]) -> None:
        for row in np.flatnonzero(where).tolist():
            if row not in self.reasons:
                self.reasons[row] = reason(row)

    @property
    def accepted(self) -> NDArray[np.bool_]:
        found = np.ones(self.rows, bool)
        found[list(self.reasons)] = False
        return found
