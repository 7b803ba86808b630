"""The taxonomy: all values of all factors, by id, by code and by spelling, with their hierarchies."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property

from service.errors import InputError, ProblemCode, UnknownCode
from service.vocabulary.factors import FACTORS, PARENT_FACTORS, PLACES, Factor
from service.vocabulary.spellings import Spellings
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import count_range


class Taxonomy:
    """An immutable set of factor values with their hierarchies, built from `factor_value` once for each edition."""

    def __init__(self, values: Iterable[FactorValue]) -> None:
        self._by_id = {value.id: value for value in values}
        self._by_code = {(value.factor, value.code): value for value in self._by_id.values()}
        self._by_factor: dict[Factor, list[FactorValue]] = defaultdict(list)
        self._children: dict[int, list[FactorValue]] = defaultdict(list)
        self._within: dict[int, frozenset[int]] = {}
        self._root: dict[int, int] = {}
        self._spellings: dict[Factor, Spellings] = {}
        for value in sorted(self._by_id.values(), key=_natural_order):
            self._by_factor[value.factor].append(value)
            if value.parent is not None:
                self._children[value.parent].append(value)

    def __getitem__(self, number: int) -> FactorValue:
        return self._by_id[number]

    def __iter__(self) -> Iterator[FactorValue]:
        """All values, by id."""
        return iter(self._by_id.values())

    def get(self, number: int | None) -> FactorValue | None:
        return None if number is None else self._by_id.get(number)

    def extends(self, former: "Taxonomy") -> bool:
        """Whether all values of an earlier taxonomy are still there, under the same parents."""
        pairs = ((value, self._by_id.get(number)) for number, value in former._by_id.items())
        return all(now and (now.factor, now.parent) == (value.factor, value.parent) for value, now in pairs)

    def values(self, factor: Factor) -> Sequence[FactorValue]:
        """All values of a factor, in the order of the reference files."""
        return self._by_factor[factor]

    def rank(self, number: int) -> tuple[int, int]:
        """The place of a value in the order of its factor."""
        return _natural_order(self._by_id[number])

    def lookup(self, factor: Factor, code: str) -> FactorValue | None:
        """The value with a code; None if there is none."""
        return self._by_code.get((factor, code))

    def find(self, factor: Factor, code: str, *, suggests: bool = True) -> FactorValue:
        """The value with a code; raises UnknownCode, which suggests the nearest codes unless told not to."""
        found = self.lookup(factor, code)
        if found is None:
            raise UnknownCode(FACTORS[factor].label, code[:100], self.nearest(factor, code) if suggests else ())
        return found

    def nearest(self, factor: Factor, text: str, limit: int = 3) -> list[str]:
        """The most similar codes, the closest first; for a known spelling only its code."""
        return self.spellings(factor).nearest(text, limit)

    def resolve(self, factor: Factor, text: str) -> FactorValue | None:
        """The value with a code, label or alias, in any case and spacing."""
        return self.spellings(factor).resolve(text)

    def search(self, factor: Factor, text: str) -> list[FactorValue]:
        """Values with a spelling that contains the text; those that start with it come first."""
        return self.spellings(factor).search(text)

    def spellings(self, factor: Factor) -> Spellings:
        """The spellings of a factor's values, prepared by the first call."""
        found = self._spellings.get(factor)
        if found is None:
            found = self._spellings[factor] = Spellings(self._by_factor[factor])
        return found

    def prepare(self) -> None:
        """Builds all that `resolve`, `search` and `nearest` need."""
        for factor in Factor:
            self.spellings(factor).prepare()

    def parent(self, value: FactorValue) -> FactorValue | None:
        return self.get(value.parent)

    def children(self, value: FactorValue) -> Sequence[FactorValue]:
        """The values directly below one: of the same factor, and for places and periods also of narrower factors."""
        return self._children[value.id]

    def children_of_factor(self, value: FactorValue, factor: Factor) -> list[FactorValue]:
        """The nearest values of a factor below a value: a country's metro areas, whether or not they lie in subdivisions."""
        found: list[FactorValue] = []
        for child in self._children[value.id]:
            found += [child] if child.factor is factor else self.children_of_factor(child, factor)
        return found

    def groups(self, factor: Factor, under: FactorValue | None) -> Sequence[FactorValue]:
        """The values that records are grouped by: a factor's top-level ones, or its nearest ones below a value."""
        return self.roots(factor) if under is None else self.children_of_factor(under, factor)

    def find_wider(self, factor: Factor, code: str) -> FactorValue:
        """The value with a code, of the factor or of one that may contain its values; raises UnknownCode."""
        for wider in (factor, *PARENT_FACTORS.get(factor, ())):
            found = self.lookup(wider, code)
            if found:
                return found
        return self.find(factor, code)

    def descendants(self, value: FactorValue, factor: Factor) -> frozenset[int]:
        """The ids of all values of a factor at any depth below a value."""
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
        """The ids of a value and of its descendants in the same factor."""
        if value.id not in self._within:
            below = (child for child in self._children[value.id] if child.factor is value.factor)
            self._within[value.id] = frozenset({value.id}).union(*(self.within(child) for child in below))
        return self._within[value.id]

    def root(self, number: int) -> int:
        """The id of the topmost value of the same factor that contains a value."""
        if number not in self._root:
            parent = self._same_factor_parent(self._by_id[number])
            self._root[number] = self.root(parent.id) if parent else number
        return self._root[number]

    def topmost_parents(self, factor: Factor) -> dict[int, int]:
        """The ids of a factor's values that have a parent of the same factor, each with that of the topmost one."""
        return self._topmost_parents[factor]

    @cached_property
    def _topmost_parents(self) -> dict[Factor, dict[int, int]]:
        return {
            factor: {value.id: self.root(value.id) for value in self._by_factor[factor] if self._same_factor_parent(value)}
            for factor in Factor
        }

    def between(self, factor: Factor, low: int | None, high: int | None) -> frozenset[int]:
        """The ids of a counted factor's values that lie entirely between two numbers, both included."""
        minimum, maximum = low if low is not None else 0, high if high is not None else 10**9
        pairs = ((value.id, count_range(value.code)) for value in self._by_factor[factor])
        return frozenset(number for number, (first, last) in pairs if minimum <= first and last <= maximum)

    def place_parents(self, value: FactorValue) -> dict[Factor, int]:
        """The ids of the places that contain a place: a metro area's subdivision (if it has only one) and country."""
        found: dict[Factor, int] = {}
        parent = self.get(value.parent)
        while parent and parent.factor in PLACES and parent.factor is not value.factor:
            found.setdefault(parent.factor, parent.id)
            value, parent = parent, self.get(parent.parent)
        return found


def _natural_order(value: FactorValue) -> tuple[int, int]:
    """By id, and by the registry for closed factors, whose newer values have larger ids in older databases."""
    codes = FACTORS[value.factor].codes
    return (codes.index(value.code) if value.code in codes else 0, value.id)


def complete_places(taxonomy: Taxonomy, places: Iterable[FactorValue]) -> dict[Factor, FactorValue]:
    """The places, listed from the narrowest to the widest, and all places that contain them, such as a metro area's country.

    A wider place may be a continent: the country then remains the narrower one. Raises InputError for places that contradict
    each other.
    """
    complete: dict[Factor, FactorValue] = {}
    origin: dict[Factor, FactorValue] = {}
    for place in places:
        containing = {place.factor: place} | {f: taxonomy[number] for f, number in taxonomy.place_parents(place).items()}
        for factor, value in containing.items():
            known = complete.setdefault(factor, value)
            first = origin.setdefault(factor, place)
            if value.id in taxonomy.within(known):
                complete[factor] = value
            elif known.id not in taxonomy.within(value):
                message = _contradiction(first, known, place, value)
                raise InputError(message, (place.factor.value,), ProblemCode.CONFLICT)
    return complete


def _contradiction(first: FactorValue, within: FactorValue, second: FactorValue, instead: FactorValue) -> str:
    other = f"not in {second.code!r}" if second is instead else f"but {second.code!r} in {instead.code!r}"
    return f"The places contradict each other: {first.code!r} is in {within.code!r}, {other}. Correct or omit one of them."
