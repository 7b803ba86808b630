"""The taxonomy: every value of every factor, by number, by code and by the ways that people write it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from functools import cached_property

from service.errors import UnknownCode
from service.vocabulary.counts import bounds
from service.vocabulary.factors import FACTORS, PLACES, WIDER, Factor
from service.vocabulary.terms import FactorValue


def fold(text: str) -> str:
    """The form in which spellings are compared: case and runs of blanks do not count.

    >>> fold("  Machine   Learning ENGINEER ")
    'machine learning engineer'
    """
    return " ".join(text.casefold().split())


class Taxonomy:
    """An immutable set of factor values with their trees; built from `factor_value`, one for each edition."""

    def __init__(self, values: Iterable[FactorValue]) -> None:
        self._by_id = {value.id: value for value in values}
        self._by_code = {(value.factor, value.code): value for value in self._by_id.values()}
        self._by_factor: dict[Factor, list[FactorValue]] = defaultdict(list)
        self._children: dict[int, list[FactorValue]] = defaultdict(list)
        self._within: dict[int, frozenset[int]] = {}
        self._widest: dict[int, int] = {}
        for value in sorted(self._by_id.values(), key=lambda value: value.id):
            self._by_factor[value.factor].append(value)
            if value.parent is not None:
                self._children[value.parent].append(value)

    def __getitem__(self, number: int) -> FactorValue:
        return self._by_id[number]

    def get(self, number: int | None) -> FactorValue | None:
        return None if number is None else self._by_id.get(number)

    def keeps(self, former: "Taxonomy") -> bool:
        """Whether every value of an earlier one is still there, and lies in the same one."""
        pairs = ((value, self._by_id.get(number)) for number, value in former._by_id.items())
        return all(now and (now.factor, now.parent) == (value.factor, value.parent) for value, now in pairs)

    def values(self, factor: Factor) -> Sequence[FactorValue]:
        """All values of a factor in the order of the reference files."""
        return self._by_factor[factor]

    def known(self, factor: Factor, code: str) -> FactorValue | None:
        """The value with a code, if there is one."""
        return self._by_code.get((factor, code))

    def find(self, factor: Factor, code: str) -> FactorValue:
        """The value with a code; raises UnknownCode with the nearest codes."""
        found = self.known(factor, code)
        if found is None:
            raise UnknownCode(FACTORS[factor].label, code[:100], self.nearest(factor, code))
        return found

    def nearest(self, factor: Factor, text: str, most: int = 3) -> list[str]:
        """Codes that look like a text, the closest first; a text that is a known spelling gives just its code."""
        known = self.resolve(factor, text)
        if known:
            return [known.code]
        slug = fold(text)[:100].replace(" ", "-")
        return get_close_matches(slug, [value.code for value in self._by_factor[factor]], n=most, cutoff=0.6)

    def resolve(self, factor: Factor, text: str) -> FactorValue | None:
        """The value that a code, a label or an alias names, in any case and spacing."""
        return self._spellings.get((factor, fold(text)))

    @cached_property
    def _spellings(self) -> dict[tuple[Factor, str], FactorValue]:
        spellings: dict[tuple[Factor, str], FactorValue] = {}
        for value in self._by_id.values():
            for text in (value.code, value.label, *value.aliases):
                spellings.setdefault((value.factor, fold(text)), value)
        return spellings

    def parent(self, value: FactorValue) -> FactorValue | None:
        return self.get(value.parent)

    def children(self, value: FactorValue) -> Sequence[FactorValue]:
        """The values right below one: of the same factor, and for places and periods of narrower ones."""
        return self._children[value.id]

    def children_of_factor(self, value: FactorValue, factor: Factor) -> list[FactorValue]:
        """The values of a factor that stand nearest below a value: a country's metro areas, subdivisions or not."""
        found: list[FactorValue] = []
        for child in self._children[value.id]:
            found += [child] if child.factor is factor else self.children_of_factor(child, factor)
        return found

    def above(self, factor: Factor, code: str) -> FactorValue:
        """The value of a factor, or of one that its values may lie in, with a code; raises UnknownCode."""
        for wider in (factor, *WIDER.get(factor, ())):
            found = self.known(wider, code)
            if found:
                return found
        return self.find(factor, code)

    def below(self, value: FactorValue, factor: Factor) -> frozenset[int]:
        """The numbers of all values of a factor anywhere below a value."""
        nearest = self.children_of_factor(value, factor)
        return frozenset().union(*(self.within(child) for child in nearest))

    def roots(self, factor: Factor) -> Sequence[FactorValue]:
        """The top values of a factor: those without a parent in the same factor."""
        return self._roots[factor]

    @cached_property
    def _roots(self) -> dict[Factor, list[FactorValue]]:
        return {
            factor: [value for value in self._by_factor[factor] if not self._same_factor_parent(value)] for factor in Factor
        }

    def _same_factor_parent(self, value: FactorValue) -> FactorValue | None:
        parent = self.get(value.parent)
        return parent if parent and parent.factor is value.factor else None

    def within(self, value: FactorValue) -> frozenset[int]:
        """The numbers of a value and of its descendants in the same factor."""
        if value.id not in self._within:
            below = (child for child in self._children[value.id] if child.factor is value.factor)
            self._within[value.id] = frozenset({value.id}).union(*(self.within(child) for child in below))
        return self._within[value.id]

    def widest(self, number: int) -> int:
        """The number of the topmost value of the same factor that includes a value."""
        if number not in self._widest:
            parent = self._same_factor_parent(self._by_id[number])
            self._widest[number] = self.widest(parent.id) if parent else number
        return self._widest[number]

    def between(self, factor: Factor, low: int | None, high: int | None) -> frozenset[int]:
        """The values of a counted factor that lie wholly between two numbers, both included."""
        least, most = low if low is not None else 0, high if high is not None else 10**9
        pairs = ((value.id, bounds(value.code)) for value in self._by_factor[factor])
        return frozenset(number for number, (first, last) in pairs if least <= first and last <= most)

    def search(self, factor: Factor, text: str) -> list[FactorValue]:
        """Values with a spelling that contains the text; those that begin with it come first."""
        wanted = fold(text)
        ranked: list[tuple[int, FactorValue]] = []
        for value in self._by_factor[factor]:
            spellings = [fold(spelling) for spelling in (value.label, value.code, *value.aliases)]
            if any(wanted in spelling for spelling in spellings):
                ranked.append((0 if any(spelling.startswith(wanted) for spelling in spellings) else 1, value))
        return [value for _, value in sorted(ranked, key=lambda pair: pair[0])]

    def place_parents(self, value: FactorValue) -> dict[Factor, int]:
        """What a place lies in: a metro area's subdivision (when it has just one) and country."""
        found: dict[Factor, int] = {}
        parent = self.get(value.parent)
        while parent and parent.factor in PLACES and parent.factor is not value.factor:
            found.setdefault(parent.factor, parent.id)
            value, parent = parent, self.get(parent.parent)
        return found
