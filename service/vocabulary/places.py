"""Places that lie in each other: metro area, subdivision, country."""

from collections.abc import Iterable

from service.errors import InputError
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue


def closed(taxonomy: Taxonomy, places: Iterable[FactorValue]) -> dict[Factor, FactorValue]:
    """The places, given from the narrowest on, with what each lies in: a metro area brings its subdivision and country.

    A told one may be wider than that: a continent. Raises InputError for places that contradict each other.
    """
    found: dict[Factor, FactorValue] = {}
    told_by: dict[Factor, FactorValue] = {}
    for place in places:
        around = {place.factor: place} | {f: taxonomy[number] for f, number in taxonomy.place_parents(place).items()}
        for factor, value in around.items():
            known = found.setdefault(factor, value)
            because = told_by.setdefault(factor, place)
            if value.id in taxonomy.within(known):
                found[factor] = value
            elif known.id not in taxonomy.within(value):
                raise InputError(_contradiction(because, known, place, value))
    return found


def _contradiction(first: FactorValue, within: FactorValue, second: FactorValue, instead: FactorValue) -> str:
    other = f"{second.code!r} is not around it" if second is instead else f"{second.code!r} in {instead.code!r}"
    return f"The places contradict each other: {first.code!r} lies in {within.code!r}, {other}. Correct or leave out one."
