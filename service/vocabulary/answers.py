"""The validated answers of a contributor: the contents of `submission.answers`, as JSON."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure
from service.vocabulary.units import month_text, parse_month


@dataclass(frozen=True, slots=True)
class SubmissionAnswers:
    """One contributor's answers.

    Factors by code, with enclosing places (a metro area and its country); amounts in whole units of `currency` per year,
    None if missing. `employer` is free text as entered; experience is in single years.
    """

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
    def has_total(self) -> bool:
        """Whether all components of the total were reported."""
        return self.bonus is not None and self.equity is not None

    @property
    def total(self) -> int:
        """Total compensation; missing components count as 0."""
        return self.base + (self.bonus or 0) + (self.equity or 0)

    def to_json(self) -> dict[str, Any]:
        """Values for JSON; the inverse of `from_json`."""
        return {
            "one": {str(factor): code for factor, code in self.one.items()},
            "many": {str(factor): list(codes) for factor, codes in self.many.items()},
            "effective": month_text(self.effective),
            "scores": {str(measure): score for measure, score in self.scores.items()},
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> "SubmissionAnswers":
        return cls(
            one={Factor(factor): code for factor, code in content["one"].items()},
            many={Factor(factor): tuple(codes) for factor, codes in content["many"].items()},
            effective=parse_month(content["effective"]),
            scores={Measure(measure): score for measure, score in content["scores"].items()},
            **{name: content[name] for name in _PLAIN},
        )


_PLAIN = ("currency", "base", "bonus", "equity", "employer", "initial_offer")
