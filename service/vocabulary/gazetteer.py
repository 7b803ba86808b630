"""The gazetteer: what a name may mean as a place, from the taxonomy and a list of cities.

A name often means several places. `Gazetteer.named` returns all of them; `service.vocabulary.places` chooses by the other
parts of the text.
"""

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import count
from typing import NamedTuple

from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

PEOPLE = (1_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000)
"""Lower bounds of the classes of size that cities are in."""

REGION_CLASS, _SUBDIVISION_CLASS, _COUNTRY_CLASS = 4, 5, 6
"""The classes of size of regions that are no value, of subdivisions and of countries."""
TERRITORIES = {
    "au": ("cc", "cx", "hm", "nf"),
    "cn": ("hk", "mo", "tw"),
    "dk": ("fo", "gl"),
    "fi": ("ax",),
    "fr": ("bl", "gf", "gp", "mf", "mq", "nc", "pf", "pm", "re", "tf", "wf", "yt"),
    "gb": ("ai", "bm", "fk", "gg", "gi", "gs", "im", "io", "je", "ky", "ms", "pn", "sh", "tc", "vg"),
    "nl": ("an", "aw", "bq", "cw", "sx"),
    "no": ("bv", "sj"),
    "nz": ("ck", "nu", "tk"),
    "us": ("as", "gu", "mp", "pr", "um", "vi"),
}
"""The places with a country code of their own by ISO 3166 that texts also write with another country, as in "Guam, USA"."""
_DIACRITICS = re.compile("[\u0300-\u036f]")
_UNDECOMPOSED = str.maketrans({"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ı": "i", "ð": "d", "þ": "th"})
_APOSTROPHES = re.compile("['’‘ʻʼ`´]")
_ABBREVIATION_END = re.compile(r"(?<=[^\W\d_]{2})\.(?=\S)")
_SEPARATORS = re.compile(r"[\s,，、()（）/_–—-]+")
_JOINT = re.compile(r"[,()/]")
_LONG_FORMS = (("saint ", "st "), ("sainte ", "ste "), ("fort ", "ft "), ("mount ", "mt "))
_LONG_FORM = re.compile(r"\b(saint|sainte|fort|mount) ")
_COUNTY = re.compile(r" (?:county|parish|borough|census area)$")
_CODE = re.compile("[A-Z]{2}")
_STATES_OF_METRO = re.compile(r", ([A-Z]{2}(?:-[A-Z]{2})*)$")


def place_key(text: str) -> str:
    """A name normalised for comparison: without case, diacritics, punctuation, "the"; St. is Saint, Ft. is Fort.

    >>> place_key("Medellín"), place_key("St. Louis"), place_key("SAINT-LOUIS"), place_key("Washington, D.C.")
    ('medellin', 'st louis', 'st louis', 'washington dc')
    >>> place_key("The Netherlands"), place_key("東京"), place_key("Łódź")
    ('netherlands', '東京', 'lodz')
    """
    plain = text.casefold()
    if not plain.isascii():
        plain = "".join(character for character in plain if unicodedata.category(character) != "Cf")
        plain = _DIACRITICS.sub("", unicodedata.normalize("NFKD", plain)).translate(_UNDECOMPOSED)
    plain = _ABBREVIATION_END.sub(" ", _APOSTROPHES.sub("", plain)).replace(".", "").replace("&", " and ")
    plain = " ".join(_SEPARATORS.sub(" ", plain).split())
    plain = _LONG_FORM.sub(lambda found: dict(_LONG_FORMS)[found[0]], plain)
    return plain.removeprefix("the ") or plain


@dataclass(frozen=True)
class Cities:
    """Names of cities and counties in a metro area (in none if `metro` is empty) and in a subdivision or country.

    `people` is the lower bound of their class of size, one of PEOPLE; None for regions, such as English counties.
    """

    metro: str
    within: tuple[Factor, str]
    people: int | None
    names: tuple[str, ...]

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The names normalised by `place_key`, once for all gazetteers."""
        return tuple(map(place_key, self.names))


class Area(NamedTuple):
    """What is known of a place.

    `country` is the id of a country or continent, 0 if unknown. `subdivisions` are those that it may lie in, empty if
    unknown. `metro` is None if unknown; in no metro area it is 0 for a county, and negative for a city.
    """

    country: int = 0
    subdivisions: frozenset[int] = frozenset()
    metro: int | None = None


class Place(NamedTuple):
    """A place that a name may mean: a country, a subdivision or a part of one, or (as METRO) a metro area or a city.

    `size` is the class of its population. `known` marks metro areas that the reference data list under this name alone.
    `local` marks codes that mean a place only within its country, such as WA for Western Australia. `centre` marks cities
    that a metro area is named after.
    """

    factor: Factor
    area: Area
    size: int
    known: bool = False
    local: bool = False
    centre: bool = False


class Gazetteer:
    """The places of a taxonomy, and cities, by name."""

    def __init__(self, taxonomy: Taxonomy, cities: Iterable[Cities]) -> None:
        self.taxonomy = taxonomy
        self._places: dict[str, list[Place]] = defaultdict(list)
        self._of_value: dict[int, Place] = {}
        self.joined: set[str] = set()
        """The keys of names that are written in several parts, such as "Korea, Republic of"."""
        listed = [(group, self._area_of(group)) for group in cities]
        self._sizes, self._states = self._metros(listed)
        for factor in reversed(PLACES):
            for value in taxonomy.values(factor):
                self._add_value(value)
        numbers = count(1)
        for group, area in listed:
            if group.people is None:
                self._add_region(group, area)
                continue
            place = Place(Factor.METRO, area, PEOPLE.index(group.people))
            title = self.taxonomy[area.metro].label.partition(",")[0] if area.metro else ""
            centres = {place_key(title), place_key(title.partition("-")[0])}
            for key in group.keys:
                place = place._replace(centre=key in centres)
                alone = area.metro == 0 and not _COUNTY.search(key)
                self._add(key, place._replace(area=area._replace(metro=-next(numbers))) if alone else place)
        self._accented = dict(self._tell_accents())

    def named(self, name: str, factors: Sequence[Factor] = PLACES) -> tuple[Place, ...]:
        """All places of these factors that a name may mean."""
        accented = unicodedata.normalize("NFC", name.strip().casefold())
        places = self._accented.get(accented) or self._places.get(place_key(name)) or []
        return tuple(place for place in places if place.factor in factors)

    def place(self, value: FactorValue) -> Place:
        """The place of a value of the taxonomy."""
        return self._of_value[value.id]

    def coded(self, factor: Factor, text: str) -> Place | None:
        """The place with a code or number, such as a metro area's CBSA code."""
        value = self.taxonomy.lookup(factor, text.strip().lower()) or (
            self.taxonomy.resolve(factor, text) if text.strip().isdecimal() else None
        )
        return self._of_value[value.id] if value else None

    def contains(self, wider: int, country: int) -> bool:
        """Whether a country lies in a continent, or is a territory that texts also write with a wider country."""
        return self.is_territory(country, wider) or country in self.taxonomy.within(self.taxonomy[wider])

    def is_territory(self, country: int, wider: int) -> bool:
        return self.taxonomy[country].code in TERRITORIES.get(self.taxonomy[wider].code, ())

    def territories(self, text: str) -> tuple[Place, ...]:
        """The territories that a name may mean, such as Guam, which tables of US states list among these."""
        return tuple(place for place in self.named(text, (Factor.COUNTRY,)) if place.area.country in self._territories)

    def parts_of_country(self, text: str) -> tuple[Place, ...]:
        """The subdivision with an alias of its country as its name, such as England, which tables list among countries."""
        country = self.taxonomy.resolve(Factor.COUNTRY, text)
        places = self.named(text, (Factor.SUBDIVISION,)) if country else ()
        return tuple(place for place in places if country and place.area.country == country.id)

    @cached_property
    def _territories(self) -> frozenset[int]:
        codes = [code for territories in TERRITORIES.values() for code in territories]
        return frozenset(value.id for code in codes if (value := self.taxonomy.lookup(Factor.COUNTRY, code)))

    def _area_of(self, group: Cities) -> Area:
        value = self.taxonomy.find(*group.within)
        metro = self.taxonomy.find(Factor.METRO, group.metro).id if group.metro else None if group.people is None else 0
        if value.factor is Factor.COUNTRY:
            return Area(value.id, frozenset(), metro)
        return Area(self.taxonomy.place_parents(value)[Factor.COUNTRY], frozenset({value.id}), metro)

    def _metros(self, listed: list[tuple[Cities, Area]]) -> tuple[dict[int, int], dict[int, frozenset[int]]]:
        """The size of each metro area's largest city, and the subdivisions of its cities."""
        sizes: dict[int, int] = defaultdict(int)
        states: dict[int, frozenset[int]] = defaultdict(frozenset)
        for group, area in listed:
            if area.metro and group.people is not None:
                sizes[area.metro] = max(sizes[area.metro], PEOPLE.index(group.people))
                states[area.metro] |= area.subdivisions
        return sizes, states

    def _add(self, key: str, place: Place) -> None:
        if key and place not in self._places[key]:
            self._places[key].append(place)

    def _add_value(self, value: FactorValue) -> None:
        add = {Factor.COUNTRY: self._add_country, Factor.SUBDIVISION: self._add_subdivision, Factor.METRO: self._add_metro}
        add[value.factor](value)

    def _add_country(self, value: FactorValue) -> None:
        place = self._of_value[value.id] = Place(Factor.COUNTRY, Area(value.id), _COUNTRY_CLASS)
        for name in (value.code, value.label, *value.aliases):
            self._add(place_key(name), place)
            self._join(name)

    def _add_subdivision(self, value: FactorValue) -> None:
        country = self.taxonomy.place_parents(value)[Factor.COUNTRY]
        area = Area(country, frozenset({value.id}))
        code = value.code.partition("-")[2]
        place = self._of_value[value.id] = Place(Factor.SUBDIVISION, area, _SUBDIVISION_CLASS)
        for name in (value.code, value.label, *value.aliases):
            self._part_of_country(place_key(name), country)
            self._add(place_key(name), place)
            self._join(name)
        if code.isalpha() and not any(place_key(alias) == code for alias in value.aliases):
            self._add(code, place._replace(local=True))

    def _tell_accents(self) -> Iterator[tuple[str, list[Place]]]:
        """The names of countries that differ from a city's in accents alone, which without them may mean either.

        França is France, and Franca may be the city in Brazil.
        """
        for value in self.taxonomy.values(Factor.COUNTRY):
            country, plain = self._of_value[value.id], {name.casefold() for name in (value.label, *value.aliases)}
            for name in value.aliases:
                key = place_key(name)
                sizes = [place.size for place in self._places[key] if place.area.country != value.id]
                if key.isascii() and not name.isascii() and key not in plain and sizes:
                    others = [place for place in self._places[key] if place != country]
                    self._places[key] = [*others, country._replace(size=max(sizes))]
                    yield unicodedata.normalize("NFC", name.casefold()), [country]

    def _part_of_country(self, key: str, country: int) -> None:
        """A country is not meant by the name of a part of it, such as England, even if that is its alias."""
        if key != place_key(self.taxonomy[country].label):
            self._places[key] = [place for place in self._places[key] if place != self._of_value[country]]

    def _add_region(self, group: Cities, area: Area) -> None:
        """A part of a subdivision or country that is no value: Kent lies in England, and may be around any city there.

        Two capital letters are a code that is valid only within the country: MI for the province of Milan.
        """
        for name, key in zip(group.names, group.keys, strict=True):
            self._add(key, Place(Factor.SUBDIVISION, area, REGION_CLASS, local=bool(_CODE.fullmatch(name))))

    def _add_metro(self, value: FactorValue) -> None:
        parents = self.taxonomy.place_parents(value)
        states = frozenset({parents[Factor.SUBDIVISION]}) if Factor.SUBDIVISION in parents else self._states[value.id]
        area = Area(parents[Factor.COUNTRY], states, value.id)
        place = self._of_value[value.id] = Place(Factor.METRO, area, self._sizes[value.id])
        for name in _title_names(value.label):
            self._add(place_key(name), place)
            self._join(name)
        for name in (value.label, *value.aliases):
            if "," not in name and not name.isdecimal():
                self._add(place_key(name), place._replace(known=True))

    def _join(self, name: str) -> None:
        if _JOINT.search(name):
            self.joined.add(place_key(name))


def _title_names(label: str) -> Iterator[str]:
    """The names in the title of a US metro area: the whole title, and its first cities.

    >>> list(_title_names("Dallas-Fort Worth-Arlington, TX"))
    ['Dallas-Fort Worth-Arlington, TX', 'Dallas-Fort Worth-Arlington', 'Dallas-Fort Worth']
    """
    title = _STATES_OF_METRO.sub("", label)
    cities = title.split("-")
    if title != label:
        yield label
        yield from ("-".join(cities[:length]) for length in range(len(cities), 1, -1))
