"""Comparisons of offers: their value at the cost of living of one place, and over four years."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

from service.counts import joined
from service.errors import InputError, ProblemCode
from service.index.index import Index
from service.market.offer import Offer, OfferBenchmark, benchmark_offer
from service.market.profile import Profile
from service.stats.suppression import SuppressionRules
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue

MIN_OFFERS, MAX_OFFERS = 2, 5
_MAX_SHOWN_LABEL = 40


@dataclass(frozen=True, slots=True)
class PlacePriceLevel:
    """Cost of living in a place, United States = 100, in the newest year that has one."""

    place: FactorValue
    year: int
    level: float


@dataclass(frozen=True, slots=True)
class ComparedOffer:
    """One offer of a comparison, in the currency of the first offer, except for its benchmark and `equivalent_annualized`.

    `real_value` is the annualised total times the price level of the first offer's place, divided by that of its own place.
    `four_year_value` is not adjusted for prices. `difference` is the distance of `real_value` from the best one in percent,
    0 or less. `equivalent_annualized` is the annualised total in the offer's own currency at which its real value would be
    the best one.
    """

    benchmark: OfferBenchmark
    price_level: PlacePriceLevel
    real_value: float
    four_year_value: float
    difference: float
    equivalent_annualized: float


@dataclass(frozen=True, slots=True)
class OfferComparison:
    """Offers in the order of the query; `best` is the position, from 0, of the first one with the highest real value."""

    currency: str
    offers: tuple[ComparedOffer, ...]
    best: int


@dataclass(frozen=True, slots=True)
class _ConvertedOffer:
    """An offer with its exchange rate to the first offer's currency, and the ratio of the first offer's prices to its
    own."""

    benchmark: OfferBenchmark
    price_level: PlacePriceLevel
    exchange_rate: float
    price_ratio: float

    @property
    def real_value(self) -> float:
        return self.benchmark.annualized * self.exchange_rate * self.price_ratio


def compare_offers(index: Index, offers: Sequence[Offer], rules: SuppressionRules) -> OfferComparison:
    """A comparison of MIN_OFFERS to MAX_OFFERS offers.

    Raises InputError for another number of offers; and with the number and label of an offer for amounts out of bounds, for
    too few records to benchmark it, and for a place without a price level.
    """
    if not MIN_OFFERS <= len(offers) <= MAX_OFFERS:
        solution = "Use benchmarkOffer for a single offer" if len(offers) < MIN_OFFERS else "Remove some"
        message = f"`offers` must contain {MIN_OFFERS} to {MAX_OFFERS} offers, got {len(offers)}. {solution}."
        raise InputError(message, ("offers",), ProblemCode.OUT_OF_RANGE)
    converted = _converted(index, offers, rules)
    values = [offer.real_value for offer in converted]
    best = max(values)
    return OfferComparison(offers[0].currency, tuple(_compared(offer, best) for offer in converted), values.index(best))


@contextmanager
def name_offer_in_errors(number: int, label: str | None) -> Iterator[None]:
    """Prefix the message of an InputError with the offer it is about; `number` counts from 1.

    >>> with name_offer_in_errors(2, "Acme"): raise InputError("Not enough data.")
    Traceback (most recent call last):
    service.errors.InputError: Offer 2 ('Acme'): Not enough data.
    """
    try:
        yield
    except InputError as error:
        name = f" ({label[:_MAX_SHOWN_LABEL]!r})" if label else ""
        path = ("offers", number - 1)
        problems = [
            replace(problem, message=f"Offer {number}{name}: {problem.message}", path=(*path, *problem.path))
            for problem in error.problems
        ]
        raise InputError.of(problems) from error


def _converted(index: Index, offers: Sequence[Offer], rules: SuppressionRules) -> list[_ConvertedOffer]:
    taxonomy, rates = index.reference.taxonomy, index.reference.rates
    places = [_places(taxonomy, offer.profile) for offer in offers]
    newest = _newest_levels(index.reference.price_levels, {place.id for nested in places for place in nested})
    found: list[_ConvertedOffer] = []
    for number, (offer, nested) in enumerate(zip(offers, places, strict=True), 1):
        with name_offer_in_errors(number, offer.label):
            benchmark, price_level = benchmark_offer(index, offer, rules), _price_level(taxonomy, nested, newest)
        first = found[0].price_level if found else price_level
        exchange_rate = rates.latest(offer.currency) / rates.latest(offers[0].currency)
        found.append(_ConvertedOffer(benchmark, price_level, exchange_rate, first.level / price_level.level))
    return found


def _compared(offer: _ConvertedOffer, best: float) -> ComparedOffer:
    real_value = offer.real_value
    return ComparedOffer(
        benchmark=offer.benchmark,
        price_level=offer.price_level,
        real_value=real_value,
        four_year_value=offer.benchmark.four_year_value * offer.exchange_rate,
        difference=100 * (real_value - best) / best,
        equivalent_annualized=best / (offer.exchange_rate * offer.price_ratio),
    )


def _places(taxonomy: Taxonomy, profile: Profile) -> list[FactorValue]:
    """Places of a profile, most specific first."""
    return [taxonomy.find(factor, profile.one[factor]) for factor in PLACES if factor in profile.one]


def _newest_levels(levels: Mapping[tuple[int, int], float], places: Collection[int]) -> dict[int, tuple[int, float]]:
    """The newest year and its price level of each of the places that has one, by id."""
    found: dict[int, tuple[int, float]] = {}
    for (place, year), level in levels.items():
        if place in places and (place not in found or year > found[place][0]):
            found[place] = year, level
    return found


def _price_level(
    taxonomy: Taxonomy, places: Sequence[FactorValue], newest: Mapping[int, tuple[int, float]]
) -> PlacePriceLevel:
    """The price level of the most specific place that has one; raises InputError if none has."""
    for place in places:
        if place.id in newest:
            return PlacePriceLevel(place, *newest[place.id])
    names = joined([place.label for place in places], "or") or "an unknown place"
    has_countries = any(child.factor is Factor.COUNTRY for place in places for child in taxonomy.children(place))
    solution = "Use one of its countries" if has_countries else "Remove the offer and use benchmarkOffer for it"
    raise InputError(f"There is no price level for {names}, so its cost of living cannot be compared. {solution}.")
