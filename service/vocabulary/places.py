"""Reading the place of a job: one text, or the texts of a city, a state and a country, read together.

A city is recognised only where its state and country agree with everything else that is said. What may mean several places
is left unknown, and so is a narrower place that contradicts a wider one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from service.counts import count_of, joined
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.gazetteer import REGION_CLASS, Area, Gazetteer, Place, place_key
from service.vocabulary.place_text import Part, PlaceText, is_ambiguous_code, is_ordinary_word, may_be_abroad
from service.vocabulary.terms import FactorValue

_LARGE = 3
"""The class of size, of 100,000 people and more, from which the reference's choice of the best known city counts."""
_MAY_BE = "may be "
_LISTED_READINGS = 5
"""The number of readings that the reason for an ambiguous place lists."""


@dataclass(frozen=True, slots=True)
class PlaceReading:
    """The places of a record that are certain.

    `problem` says why a place is missing: None if nothing is missing, empty for a name that the reference does not have.
    `unread` has the factors of the columns whose text is not part of the reading.
    """

    metro: FactorValue | None = None
    subdivision: FactorValue | None = None
    country: FactorValue | None = None
    problem: str | None = None
    unread: tuple[Factor, ...] = ()

    @property
    def ambiguous(self) -> bool:
        """Whether `problem` lists several readings, of which a person may choose one."""
        return (self.problem or "").startswith(_MAY_BE)


class _Solution(NamedTuple):
    """One way to read all parts so that they agree: the common area, and the place that each part means."""

    area: Area
    places: tuple[Place, ...]


class _Choice(NamedTuple):
    """What is certain of a place, and why not more is: see PlaceReading."""

    area: Area
    problem: str | None = None


class PlaceReader:
    """Reads places by a gazetteer."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer, self._taxonomy = gazetteer, gazetteer.taxonomy
        self._text = PlaceText(gazetteer)

    def read(self, text: str, country: FactorValue | None = None) -> PlaceReading:
        """The place of a text such as "Austin, TX", "Remote in US" or "Munich (Bavaria)"; `country` is where it must lie."""
        stated = (self.part(country),) if country else ()
        alternatives = self._text.alternatives(text)
        if not alternatives:
            return self._reading(_Choice(stated[0].places[0].area if stated else Area()))
        choices = [self._choose(parts, stated) for parts in alternatives]
        area = self._merged([choice.area for choice in choices]) if all(alternatives) else None
        if area is None:
            return self._reading(_Choice(_common([choice.area for choice in choices]), "several places"))
        problem = next((choice.problem for choice in choices if choice.problem is not None), None)
        return self._reading(_Choice(area, problem if area.metro is None or len(choices) == 1 else None))

    def read_columns(self, texts: Mapping[Factor, str | FactorValue]) -> PlaceReading:
        """The place of a city or metro area, a subdivision and a country, each a text of its own or a value."""
        by_factor = {
            factor: [self.part(text)] if isinstance(text, FactorValue) else self._text.of_factor(text, factor)
            for factor, text in texts.items()
        }
        if Factor.COUNTRY in texts and Factor.SUBDIVISION in texts:
            by_factor[Factor.SUBDIVISION] = self._or_territory(by_factor[Factor.SUBDIVISION])
        elif Factor.METRO in texts and Factor.SUBDIVISION in texts:
            by_factor[Factor.SUBDIVISION] = self._or_country(by_factor[Factor.SUBDIVISION], by_factor[Factor.METRO])
        if Factor.METRO in texts and Factor.SUBDIVISION in texts:
            around = [part for part in by_factor.get(Factor.COUNTRY, []) if part.places]
            by_factor[Factor.SUBDIVISION] = self._or_province(
                by_factor[Factor.SUBDIVISION], [*by_factor[Factor.METRO], *around]
            )
        columns = [by_factor[factor] for factor in PLACES if by_factor.get(factor)]
        known = [part._replace(code=False) for own in columns for part in own if part.places]
        choice = self._solve(known, (), certain=all(own[-1].places for own in columns))
        read = [text for text in texts.values() if isinstance(text, str)]
        cities = by_factor.get(Factor.METRO, [])
        alone = not cities or any(part.places for part in cities)
        if len(known) == 1 and read:
            reason = self._uncertainty(known[0], alone=alone) or self._region_of_name(known[0], choice.area)
            choice = _Choice(Area(), reason) if reason else choice
        reading = self._reading(choice)
        unread = tuple(
            factor
            for factor, own in by_factor.items()
            if own and (self._lacks(choice.area, factor, own) or not self._agree(own, choice.area))
        )
        problem = (choice.problem or "") if unread else None
        return PlaceReading(reading.metro, reading.subdivision, reading.country, problem, unread)

    def _region_of_name(self, part: Part, area: Area) -> str | None:
        """Why a city in an area is uncertain: a country or region elsewhere has its name, as Jordan in Hong Kong shows."""
        regions = self._gazetteer.named(part.text, (Factor.SUBDIVISION, Factor.COUNTRY)) if len(part.text) > 3 else ()
        elsewhere = [region.area for region in regions if region.area.country != area.country]
        return self._several([*elsewhere, *(place.area for place in part.places)]) if _is_city(part) and elsewhere else None

    def _or_territory(self, parts: list[Part]) -> list[Part]:
        """The parts of a subdivision's column; a territory, such as Guam, is listed with its country's states."""
        if not parts:
            return []
        first = parts[0]
        return [first._replace(places=(*first.places, *self._gazetteer.territories(first.text))), *parts[1:]]

    def _or_country(self, parts: list[Part], cities: list[Part]) -> list[Part]:
        """The parts of a subdivision's column, which beside a city elsewhere may be its country: Toronto and CA."""
        known = [part for part in cities if part.places]
        if not parts or not known or self._solutions([*known, parts[0]]):
            return parts
        country = parts[0]._replace(places=self._gazetteer.named(parts[0].text, (Factor.COUNTRY,)))
        return [country, *parts[1:]] if self._solutions([*known, country]) else parts

    def _or_province(self, parts: list[Part], city: list[Part]) -> list[Part]:
        """The parts of a subdivision's column, of which an unknown one may be the province that its city gives its name."""
        if not parts or parts[0].places or not city or place_key(parts[0].text) != place_key(city[0].text):
            return parts
        province = self._text.province(parts[0].text)
        return [province, *parts[1:]] if province and self._solutions([*city, province]) else parts

    def _lacks(self, area: Area, factor: Factor, parts: Sequence[Part]) -> bool:
        """Whether an area lacks the factor of a column with these parts. A territory has no subdivision."""
        countries = {place.area.country for place in parts[0].places if place.factor is Factor.COUNTRY}
        return _is_missing(area, factor) and not (factor is Factor.SUBDIVISION and area.country in countries)

    def _agree(self, parts: Sequence[Part], area: Area) -> bool:
        """Whether all parts may lie in an area, as far as they are known."""
        return all(any(self._merge(place.area, area) for place in part.places) for part in parts if part.places)

    def part(self, value: FactorValue) -> Part:
        """A value of the taxonomy as a part of a text."""
        return Part(value.label, (self._gazetteer.place(value),))

    def _choose(self, parts: Sequence[Part], stated: tuple[Part, ...]) -> _Choice:
        if not self._solutions([*stated, *(part for part in parts if part.places)]):
            parts = _without_provinces(parts)
        known = [part for part in parts if part.places]
        if not known:
            return _Choice(stated[0].places[0].area if stated else Area(), "")
        choice = self._solve(known, stated, certain=bool(parts[-1].places))
        if len(known) == 1 and not stated and (reason := self._uncertainty(known[0], alone=len(parts) == 1)):
            return _Choice(Area(), reason)
        if choice.problem is None and len(known) < len(parts) and choice.area.metro is None:
            return choice._replace(problem="")
        return choice

    def _uncertainty(self, part: Part, *, alone: bool = True) -> str | None:
        """Why the only known part of a text, or the whole text if `alone`, is no certain place; None if it may be one.

        It may be a place too small to be meant, an ordinary word (Mobile), a code that is valid only within its country
        (RS for the Rio Grande do Sul), or a code of several countries after a name that is unknown ("Fremantle, WA").
        """
        doubtful = is_ordinary_word(part.text) or _is_small(part) if alone else may_be_abroad(part)
        if is_ambiguous_code(part) or doubtful:
            return self._several(place.area for place in part.places)
        return None

    def _solve(self, parts: Sequence[Part], stated: tuple[Part, ...], *, certain: bool) -> _Choice:
        """What the parts have in common with each other and with what is stated. Unless `certain`, something is unknown."""
        solutions = self._solutions([*stated, *parts])
        if self._are_several(parts, stated, agreeing=bool(solutions)):
            areas = [self._solve([part], stated, certain=certain).area for part in parts]
            return _Choice(_common(areas), "several places")
        if solutions:
            return self._best(solutions, [*stated, *parts], certain=certain)
        return self._without_contradictions(parts, stated, certain=certain)

    def _are_several(self, parts: Sequence[Part], stated: tuple[Part, ...], *, agreeing: bool) -> bool:
        """Whether the parts are cities that would each be read as another place, such as "Dublin, Columbus".

        Cities with the name of the state around them, such as Berlin and New York, are cities where the parts do not agree.
        """
        cities = [_is_city(part) if agreeing else _may_be_city(part) for part in parts]
        if len(parts) < 2 or not all(cities):
            return False
        alone = [[*stated, part] for part in parts]
        choices = [self._best(found, one, certain=True) for one in alone if (found := self._solutions(one))]
        areas = [choice.area for choice in choices if choice.problem is None]
        return any(self._merge(areas[0], area) is None for area in areas)

    def _solutions(self, parts: Sequence[Part]) -> list[_Solution]:
        found = [_Solution(Area(), ())]
        for part in parts:
            merged = [(self._merge(done.area, place.area), done, place) for done in found for place in part.places]
            found = [_Solution(area, (*done.places, place)) for area, done, place in merged if area is not None]
        return [solution for solution in found if _is_confirmed(solution.places) and self._is_named(solution)]

    def _is_named(self, solution: _Solution) -> bool:
        """Whether a territory is named where its country is: Saint-Denis in France is not the one on Réunion."""
        named = {place.area.country for place in solution.places if place.factor is Factor.COUNTRY}
        country = solution.area.country
        return country in named or not any(self._gazetteer.is_territory(country, wider) for wider in named)

    def _best(self, solutions: Sequence[_Solution], parts: Sequence[Part], *, certain: bool) -> _Choice:
        areas = {solution.area for solution in solutions}
        if certain and len(areas) > 1:
            narrowed = [solution._replace(area=self._narrowed(solution.area, areas)) for solution in solutions]
            areas = _best_known(narrowed, parts)
        area = _common(areas)
        ambiguous = len(areas) > 1 and (area.metro is None or not area.country)
        return _Choice(area, self._several(areas) if ambiguous else None)

    def _narrowed(self, area: Area, areas: Iterable[Area]) -> Area:
        """The narrowest of the areas that overlap an area: "Berlin" is the city as well as the state around it."""
        overlaps = {overlap for other in areas if (overlap := self._merge(area, other)) is not None}
        narrowest = [overlap for overlap in overlaps if all(self._merge(overlap, other) == overlap for other in overlaps)]
        return narrowest[0] if narrowest else area

    def _without_contradictions(self, parts: Sequence[Part], stated: tuple[Part, ...], *, certain: bool) -> _Choice:
        """The widest parts that agree; those that contradict a wider one are left out."""
        if stated and self._is_elsewhere(parts, stated):
            return _Choice(Area(), f"not in {stated[0].text}")
        kept, left_out = [*stated], list[Part]()
        for level in _by_width(parts):
            fitting = [part for part in level if self._solutions([*kept, part])]
            left_out += [part for part in level if part not in fitting]
            if fitting and not self._solutions([*kept, *fitting]):
                choices = [self._best(self._solutions([*kept, part]), [*kept, part], certain=certain) for part in fitting]
                return _Choice(_common([choice.area for choice in choices]), "several places")
            kept += fitting
        solutions = self._solutions(kept)
        if not stated and all(is_ambiguous_code(part) or (part.code and len(self._solutions([part])) > 1) for part in kept):
            solutions = _in_countries_of(left_out, solutions)
        if not solutions or (not stated and parts[-1] in left_out):
            return _Choice(Area(), "contradicts itself")
        choice = self._best(solutions, kept, certain=certain)
        disputed = [part.text for part in left_out if not part.code or choice.area.metro is None]
        reason = f"not in {self._name(choice.area)}" if choice.area.country else "contradicts itself"
        return choice._replace(problem=reason) if disputed else choice

    def _is_elsewhere(self, parts: Sequence[Part], stated: tuple[Part, ...]) -> bool:
        """Whether the parts name another country than the stated one, or several parts agree on a place outside of it."""
        if len(parts) > 1 and self._solutions(parts):
            return True
        named = [part for part in parts if not part.code and {place.factor for place in part.places} == {Factor.COUNTRY}]
        return any(not self._solutions([*stated, part]) for part in named)

    def _merge(self, one: Area, other: Area) -> Area | None:
        """The area of a place that lies in both areas; None if there is none."""
        country = self._narrower(one, other)
        subdivisions = one.subdivisions & other.subdivisions or one.subdivisions or other.subdivisions
        disjoint = one.subdivisions and other.subdivisions and not one.subdivisions & other.subdivisions
        if country is None or disjoint or _are_apart(one.metro, other.metro):
            return None
        metro = one.metro if other.metro is None else other.metro if one.metro is None else one.metro or other.metro
        return Area(country, subdivisions, metro)

    def _narrower(self, one: Area, other: Area) -> int | None:
        """The country of a place that lies in both areas; None if there is none."""
        if one.country == other.country or not other.country:
            return one.country
        if not one.country or self._is_around(one, other):
            return other.country
        return one.country if self._is_around(other, one) else None

    def _is_around(self, wider: Area, area: Area) -> bool:
        return wider == Area(wider.country) and self._gazetteer.contains(wider.country, area.country)

    def _merged(self, areas: Sequence[Area]) -> Area | None:
        """The area that several places of a text have in common: none of "UK or Europe", Berlin of "Europe/Berlin"."""
        continents = [area for area in areas[1:] if area.country and self._taxonomy[area.country].parent is None]
        if continents and set(areas) != set(continents):
            return None
        if any(area == Area() for area in areas):
            return areas[0] if len(areas) == 1 else None
        found: Area | None = Area()
        for area in areas:
            found = self._merge(found, area) if found is not None else None
        return found

    def _reading(self, choice: _Choice) -> PlaceReading:
        area = choice.area
        subdivision = next(iter(area.subdivisions)) if len(area.subdivisions) == 1 else 0
        numbers = (max(area.metro or 0, 0), subdivision, area.country)
        metro, state, country = (self._taxonomy.get(number or None) for number in numbers)
        return PlaceReading(metro, state, country, choice.problem)

    def _name(self, area: Area) -> str:
        numbers = (area.metro or 0, *(area.subdivisions if len(area.subdivisions) == 1 else ()), area.country)
        return next((self._taxonomy[number].label for number in numbers if number > 0), "one place")

    def _several(self, areas: Iterable[Area]) -> str:
        """The readings of an ambiguous place, in the notation of a mapping's `map`."""
        codes = sorted({self._code(area) for area in areas})
        if len(codes) > _LISTED_READINGS + 1:
            codes[_LISTED_READINGS:] = [count_of(len(codes) - _LISTED_READINGS, "other")]
        return f"may be {joined(codes, 'or')}"

    def _code(self, area: Area) -> str:
        numbers = (area.metro or 0, *(area.subdivisions if len(area.subdivisions) == 1 else ()), area.country)
        value = next(self._taxonomy[number] for number in numbers if number > 0)
        return f"{value.factor}:{value.code}"


def _is_city(part: Part) -> bool:
    return all(place.factor is Factor.METRO for place in part.places)


def _may_be_city(part: Part) -> bool:
    factors = {place.factor for place in part.places}
    return Factor.METRO in factors and Factor.COUNTRY not in factors and not part.code


def _is_small(part: Part) -> bool:
    """Whether a name without its country is known only of places with fewer than 10,000 people: Rio in Wisconsin."""
    return _is_city(part) and all(place.size == 0 and not place.known for place in part.places)


def _are_apart(one: int | None, other: int | None) -> bool:
    """Whether two cities are in different metro areas, or are two cities in none; a county in none may be around a city."""
    if one is None or other is None or one == other:
        return False
    return max(one, other) != 0


def _is_missing(area: Area, factor: Factor) -> bool:
    """Whether an area lacks a factor. A city in no metro area lacks none."""
    missing = {
        Factor.METRO: area.metro is None,
        Factor.SUBDIVISION: len(area.subdivisions) != 1,
        Factor.COUNTRY: not area.country,
    }
    return missing[factor]


def _is_confirmed(places: Sequence[Place]) -> bool:
    """Whether the country of each code that is valid only within its country is said by another part."""
    countries = {place.area.country for place in places if not place.local}
    return all(place.area.country in countries for place in places if place.local)


def _in_countries_of(parts: Sequence[Part], solutions: Sequence[_Solution]) -> list[_Solution]:
    """The readings of codes in the countries of names that contradict them.

    NJ after a city of another US state is a code of the US, but MI after a city that is known in Italy alone is not.
    """
    countries = [{place.area.country for place in part.places} for part in parts]
    return [solution for solution in solutions if all(solution.area.country in own for own in countries)]


def _by_width(parts: Sequence[Part]) -> list[list[Part]]:
    """The parts that are countries, those that are subdivisions, those that are subdivisions or cities, and the others."""
    levels: list[list[Part]] = [[], [], [], []]
    for part in parts:
        factors = {place.factor for place in part.places}
        region = Factor.SUBDIVISION in factors
        levels[0 if factors == {Factor.COUNTRY} else 3 if not region else 2 if Factor.METRO in factors else 1].append(part)
    return levels


def _best_known(solutions: Sequence[_Solution], parts: Sequence[Part]) -> set[Area]:
    """The areas that are likely to be meant, if the solutions differ in one name alone: the largest and the similarly large.

    A city with a tenth of the people of another is not meant by a bare name, nor one with half of them if the reference
    names the other so. A county, such as Essex, is meant only if no city has its name. Codes are not names: LA is Louisiana
    as well as Los Angeles.
    """
    areas = {solution.area for solution in solutions}
    varying = [n for n in range(len(parts)) if len({solution.places[n].area for solution in solutions}) > 1]
    if len(areas) == 1 or len(varying) != 1 or parts[varying[0]].code:
        return areas
    named = [(solution.area, solution.places[varying[0]]) for solution in solutions]
    largest = max((place for _, place in named), key=lambda place: (place.size, place.known))
    largest = largest._replace(centre=any(place.centre and place.area == largest.area for _, place in named))
    gap = 4 if largest.size == REGION_CLASS and largest.factor is Factor.SUBDIVISION else 2
    gap = 1 if largest.known and largest.size >= _LARGE else gap
    return {area for area, place in named if place.size > largest.size - gap or _is_rival(place, largest)}


def _is_rival(place: Place, largest: Place) -> bool:
    """Whether a city with a metro area of its own is as likely as a region, or as a larger city without one, abroad.

    Victoria may be the one in British Columbia as well as the Australian state, and Santa Fe that in New Mexico.
    """
    large = place.size >= _LARGE if largest.factor is Factor.SUBDIVISION else largest.factor is Factor.METRO
    return place.centre and large and not largest.centre and place.area.country != largest.area.country


def _without_provinces(parts: Sequence[Part]) -> list[Part]:
    """The parts without a province that a city before it gives its name, since that was perhaps only repeated."""
    provinces = {f"{place_key(part.text)} province" for part in parts}
    return [part for part in parts if place_key(part.text) not in provinces]


def _common(areas: Iterable[Area]) -> Area:
    """What all areas share."""
    found = list(areas)
    countries = {area.country for area in found}
    metros = {None if area.metro is None else max(area.metro, 0) for area in found}
    if len(countries) > 1:
        return Area()
    subdivisions = frozenset[int]().union(*(area.subdivisions for area in found))
    if not all(area.subdivisions for area in found):
        subdivisions = frozenset()
    return Area(countries.pop(), subdivisions, metros.pop() if len(metros) == 1 else None)
