"""The reference data's places with ids, and a reader of texts, without a database."""

from collections.abc import Iterable
from functools import cache

from seed import reference_data
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.gazetteer import Gazetteer
from service.vocabulary.places import PlaceReader, PlaceReading
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

Codes = tuple[str | None, str | None, str | None]
"""The codes of a metro area, a subdivision and a country."""
Case = tuple[str, str | None, str, str | None]
"""A text, the country that it must lie in, the codes that are read (- for none), and the reason why not all is read."""


@cache
def places() -> Taxonomy:
    """All metro areas, subdivisions and countries of the reference data."""
    terms = [term for term in reference_data.terms() if term.factor in PLACES]
    ids = {(term.factor, term.code): number for number, term in enumerate(terms, 1)}
    return Taxonomy(
        FactorValue(number, term.factor, term.code, term.label, ids[term.parent] if term.parent else None, term.aliases)
        for number, term in enumerate(terms, 1)
    )


@cache
def gazetteer() -> Gazetteer:
    return Gazetteer(places(), reference_data.cities())


@cache
def place_reader() -> PlaceReader:
    return PlaceReader(gazetteer())


def country(code: str | None) -> FactorValue | None:
    return places().find(Factor.COUNTRY, code) if code else None


def codes(reading: PlaceReading) -> Codes:
    found = [value.code if value else None for value in (reading.metro, reading.subdivision, reading.country)]
    return found[0], found[1], found[2]


def misread_places(cases: Iterable[Case]) -> list[Case]:
    """The cases that are read otherwise, as they are read."""
    found = []
    for text, within, *expected in cases:
        reading = place_reader().read(text, country(within))
        read = (text, within, " ".join(code or "-" for code in codes(reading)), reading.problem)
        if list(read[2:]) != expected:
            found.append(read)
    return found
