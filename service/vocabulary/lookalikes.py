"""Lookalikes: names of employers that a reader may take for each other, by the confusable characters of Unicode.

Two names look alike if they have the same *outline*: the skeleton of Unicode Technical Standard 39, here that of the package
`disarm`, which reads Cyrillic а as a, Greek Α as A, 1 and I as l and 0 as O, without accents and punctuation. Similar names
are those whose outlines differ in a few letters or that start with all words of the other. Neither says that two employers
are one: that is for a moderator to decide.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from unicodedata import normalize

from disarm import edit_distance, skeleton_key

MAX_LOOKALIKES = 5
_LETTERS_PER_EDIT = 6
"""A typing error each in this many letters; a name has at least one."""
_ACCENTS = re.compile("[\u0300-\u036f]")
_WORD = re.compile(r"\w+")


def outline(text: str) -> str:
    """What a name looks like: equal for names that are hard to distinguish.

    >>> outline("АСМЕ Labs") == outline("Acmé-Labs"), outline("G00gle"), outline("paypaI"), outline("IBM") == outline("lBM")
    (True, 'google', 'paypal', True)
    """
    skeleton = skeleton_key(text, digit_policy="tr39")
    return " ".join(_WORD.findall(_ACCENTS.sub("", normalize("NFD", skeleton))))


@dataclass(frozen=True, slots=True)
class Lookalike:
    """A known employer that a name looks like; `is_confusable` if their outlines are the same."""

    code: str
    is_confusable: bool


class KnownNames:
    """Employers that are searched for lookalikes, by their codes and labels."""

    def __init__(self, labels: Iterable[tuple[str, str]]) -> None:
        self._by_length: defaultdict[int, list[tuple[str, str]]] = defaultdict(list)
        for code, label in labels:
            found = outline(label)
            self._by_length[len(found)].append((found, code))

    def lookalikes(self, name: str) -> list[Lookalike]:
        """The employers that a name looks like, confusable ones first, then the most similar; at most MAX_LOOKALIKES."""
        searched = outline(name)
        found = sorted({*self._misspelt(searched), *self._longer_or_shorter(searched)})
        return [Lookalike(code, distance == 0) for distance, code in found[:MAX_LOOKALIKES]]

    def _misspelt(self, searched: str) -> Iterator[tuple[int, str]]:
        """The employers whose outlines differ in a few letters, with their number."""
        most = max(1, len(searched) // _LETTERS_PER_EDIT)
        for length in range(len(searched) - most, len(searched) + most + 1):
            for known, code in self._by_length.get(length, ()):
                distance = edit_distance(searched, known)
                if distance <= most:
                    yield distance, code

    def _longer_or_shorter(self, searched: str) -> Iterator[tuple[int, str]]:
        """The employers whose outlines have more or fewer words at the end, with the number of letters of these."""
        for length, names in self._by_length.items():
            for known, code in names:
                if known.startswith(f"{searched} ") or (known and searched.startswith(f"{known} ")):
                    yield abs(length - len(searched)), code
