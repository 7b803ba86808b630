"""Points: sums that are known as far as no variable sizes them, and else worked out with the variables of a request."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Variables = Mapping[str, Any]


@dataclass(slots=True)
class Points:
    """A number, and parts that depend on variables, each as often as it is asked."""

    fixed: int = 0
    parts: dict["Part", int] = field(default_factory=dict)

    def add(self, other: "Points", times: int = 1) -> None:
        self.fixed += other.fixed * times
        for part, count in other.parts.items():
            self.parts[part] = self.parts.get(part, 0) + count * times

    def value(self, variables: Variables) -> int:
        """The number for these variables; each part is worked out once, however often it is asked."""
        return self._value(variables, {}) if self.parts else self.fixed

    def _value(self, variables: Variables, known: dict["Part", int]) -> int:
        found = self.fixed
        for part, count in self.parts.items():
            if part not in known:
                known[part] = part.times(variables) * part.each._value(variables, known)
            found += count * known[part]
        return found


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A list whose length a variable says, with the points of each of its items."""

    times: Callable[[Variables], int]
    each: Points
