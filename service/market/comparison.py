"""Offers side by side: what each comes to at the prices of one place, and what it pays over four years."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from service.errors import InputError
from service.index.index import Index
from service.market.offer import Offer, OfferBenchmark, benchmark_offer
from service.market.profile import Profile
from service.stats.suppression import SuppressionRules
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MIN_OFFERS, MAX_OFFERS = 2, 5
_LONGEST_NAME = 40


@dataclass(frozen=True, slots=True)
class PriceLevel:
    """Cost of living in a place, United States = 100, in the newest year that it is known of."""

    place: FactorValue
    year: int
    level: float


@dataclass(frozen=True, slots=True)
class ComparedOffer:
    """One offer beside others; all but its benchmark and `equivalent_annualized` is in the currency of the first of them.

    `real_value` is the annualised total at the prices of the first offer's place, `four_year_value` is at no other prices
    than its own. `difference` is how far `real_value` is from the best one's, in percent of that: 0 or less. `equivalent_annualized` is
    the annualised total, in the offer's own currency, whose real value would be the best one's.
    """

    benchmark: OfferBenchmark
    price_level: PriceLevel
    real_value: float
    four_year_value: float
    difference: float
    equivalent_annualized: float


@dataclass(frozen=True, slots=True)
class OfferComparison:
    """Offers in the order that they came in; `best` is the place, from 0 on, of the highest real value."""

    currency: str
    offers: tuple[ComparedOffer, ...]
    best: int


@dataclass(frozen=True, slots=True)
class _Weighed:
    """An offer with what turns its money into the first offer's: `exchange` its currency, `deflator` its prices."""

    benchmark: OfferBenchmark
    prices: PriceLevel
    exchange: float
    deflator: float

    @property
    def real_value(self) -> float:
        return self.benchmark.annualized * self.exchange * self.deflator


def compare_offers(index: Index, offers: Sequence[Offer], rules: SuppressionRules) -> OfferComparison:
    """Weigh 2 to 5 offers against each other; of several best ones the first is `best`.

    Raises InputError for another number of them; and, with the offer's number and label, for what no offer can be, for too
    little data to benchmark it and for a place whose prices are not known.
    """
    if not MIN_OFFERS <= len(offers) <= MAX_OFFERS:
        way_out = "ask benchmarkOffer about a single one" if len(offers) < MIN_OFFERS else "leave some of them out"
        raise InputError(f"From {MIN_OFFERS} to {MAX_OFFERS} offers are compared at once, not {len(offers)}; {way_out}.")
    weighed = _weighed(index, offers, rules)
    values = [offer.real_value for offer in weighed]
    return OfferComparison(
        offers[0].currency, tuple(_beside(offer, max(values)) for offer in weighed), values.index(max(values))
    )


@contextmanager
def name_offer_in_errors(number: int, label: str | None) -> Iterator[None]:
    """Say which of several offers an InputError is about; `number` counts from 1 on.

    >>> with naming(2, "Acme"): raise InputError("No.")
    Traceback (most recent call last):
    service.errors.InputError: Offer 2 ('Acme'): No.
    """
    try:
        yield
    except InputError as error:
        name = f" ({label[:_LONGEST_NAME]!r})" if label else ""
        raise InputError(f"Offer {number}{name}: {error}") from error


def _weighed(index: Index, offers: Sequence[Offer], rules: SuppressionRules) -> list[_Weighed]:
    taxonomy, rates = index.reference.taxonomy, index.reference.rates
    places = [_places(taxonomy, offer.profile) for offer in offers]
    newest = _newest(index.reference.price_levels, {place.id for around in places for place in around})
    found: list[_Weighed] = []
    for number, (offer, around) in enumerate(zip(offers, places, strict=True), 1):
        with name_offer_in_errors(number, offer.label):
            mark, prices = benchmark_offer(index, offer, rules), _prices(taxonomy, around, newest)
        first = found[0].prices if found else prices
        exchange = rates.latest(offer.currency) / rates.latest(offers[0].currency)
        found.append(_Weighed(mark, prices, exchange, first.level / prices.level))
    return found


def _beside(offer: _Weighed, best: float) -> ComparedOffer:
    real = offer.real_value
    return ComparedOffer(
        benchmark=offer.benchmark,
        price_level=offer.prices,
        real_value=real,
        four_year_value=offer.benchmark.four_year_value * offer.exchange,
        difference=100 * (real - best) / best,
        equivalent_annualized=best / (offer.exchange * offer.deflator),
    )


def _places(taxonomy: Taxonomy, profile: Profile) -> list[FactorValue]:
    """From the narrowest on."""
    return [taxonomy.find(factor, profile.one[factor]) for factor in PLACES if factor in profile.one]


def _newest(levels: Mapping[tuple[int, int], float], places: Collection[int]) -> dict[int, tuple[int, float]]:
    """The newest year of each place that has a price level, with the level."""
    found: dict[int, tuple[int, float]] = {}
    for (place, year), level in levels.items():
        if place in places and (place not in found or year > found[place][0]):
            found[place] = year, level
    return found


def _prices(taxonomy: Taxonomy, places: Sequence[FactorValue], newest: Mapping[int, tuple[int, float]]) -> PriceLevel:
    """The prices of the narrowest place that has a level; raises InputError where none has."""
    for place in places:
        if place.id in newest:
            return PriceLevel(place, *newest[place.id])
    where = " or ".join(place.label for place in places) or "an untold place"
    inside = any(child.factor is Factor.COUNTRY for place in places for child in taxonomy.children(place))
    way_out = "name the country that the work is in" if inside else "leave it out and ask benchmarkOffer about it alone"
    raise InputError(f"No price level of {where} is known, so there is no comparing at equal prices. To go on, {way_out}.")
