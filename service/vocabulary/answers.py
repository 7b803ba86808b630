"""Answers: what a contributor tells, once it has been checked. Pure, and what `submission.answers` holds as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.periods import month_text, parse_month


@dataclass(frozen=True, slots=True)
class Answers:
    """One contributor's answers. Factors by code, places closed (a metro area brings its country); amounts are whole units
    of `currency` a year, None where untold. `employer` is free text as written; experience is single years."""

    one: Mapping[Factor, str]
    many: Mapping[Factor, tuple[str, ...]]
    effective: int
    currency: str
    base: int
    bonus: int | None = None
    equity: int | None = None
    employer: str | None = None
    initial_offer: int | None = None
    scores: Mapping[Measure, int] = field(default_factory=dict)

    @property
    def experience(self) -> int:
        return int(self.one[Factor.EXPERIENCE])

    @property
    def total(self) -> int:
        """Total compensation as far as it was told."""
        return self.base + (self.bonus or 0) + (self.equity or 0)

    def to_json(self) -> dict[str, Any]:
        """Plain values; `from_json` gives the same answers back."""
        return {
            "one": {str(factor): code for factor, code in self.one.items()},
            "many": {str(factor): list(codes) for factor, codes in self.many.items()},
            "effective": month_text(self.effective),
            "scores": {str(measure): score for measure, score in self.scores.items()},
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Answers":
        return cls(
            one={Factor(factor): code for factor, code in told["one"].items()},
            many={Factor(factor): tuple(codes) for factor, codes in told["many"].items()},
            effective=parse_month(told["effective"]),
            scores={Measure(measure): score for measure, score in told["scores"].items()},
            **{name: told[name] for name in _PLAIN},
        )


_PLAIN = ("currency", "base", "bonus", "equity", "employer", "initial_offer")
