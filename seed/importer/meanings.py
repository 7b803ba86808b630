"""Meanings of texts, each looked up once: a column of a million cells has few different ones."""

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Meaning:
    """The numbers of the values that a text names, and those of its words that no reference knows."""

    values: tuple[int, ...] = ()
    unknown: tuple[str, ...] = ()


class Meanings(dict[Any, int]):
    """Positions of texts in `meant`, the meaning of each; `unknown` counts the rows in which an unknown word stands."""

    def __init__(self, read: Callable[[Any], Meaning]) -> None:
        super().__init__()
        self._read = read
        self.meant: list[tuple[int, ...]] = []
        self.unknown: Counter[str] = Counter()
        self._odd: dict[int, tuple[str, ...]] = {}

    def __missing__(self, text: Hashable) -> int:
        meaning, position = self._read(text), len(self.meant)
        self.meant.append(meaning.values)
        if meaning.unknown:
            self._odd[position] = meaning.unknown
        self[text] = position
        return position

    def positions(self, texts: Sequence[Hashable]) -> Numbers:
        found = np.fromiter(map(self.__getitem__, texts), np.int64, len(texts))
        rows = np.bincount(found, minlength=len(self.meant))
        for position, words in self._odd.items():
            if rows[position]:
                self.unknown.update(dict.fromkeys(words, int(rows[position])))
        return found

    def numbers(self, texts: Sequence[Hashable], null: int = 0) -> Numbers:
        """The only value of each text, `null` where there is none."""
        found = self.positions(texts)
        return np.array([values[0] if values else null for values in self.meant], np.int64)[found]
