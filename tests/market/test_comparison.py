"""Comparisons of offers: by hand from the reference files, and as properties."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed.reference_data import fx_rates, price_levels
from service.errors import InputError
from service.index.index import Index
from service.market.comparison import ComparedOffer, OfferComparison, compare_offers
from service.market.offer import Offer, benchmark_offer
from service.market.profile import Profile, profile_of
from service.stats.suppression import DEFAULT_RULES
from service.vocabulary.factors import Factor

MLE = "machine-learning-engineer"
COUNTRIES = ("us", "de", "in", "tw")
RECORDS = [
    {"role": MLE, "country": country, "base_salary": 50_000 + 1_000 * n, "total_compensation": 60_000 + 1_000 * n}
    for country in COUNTRIES
    for n in range(20)
]
LEVELS = {(level.place, level.year): level.level for level in price_levels()}
RATES = {(rate.currency, rate.year): rate.usd for rate in fx_rates()}


def who(index: Index, country: str, **other: str) -> Profile:
    one = {Factor(name): code for name, code in other.items()}
    return profile_of(index.reference.taxonomy, {Factor.ROLE: MLE, Factor.COUNTRY: country} | one)


def us(index: Index, base: float, **other: str) -> Offer:
    return Offer(who(index, "us", **other), base)


def compared(index: Index, *offers: Offer) -> OfferComparison:
    return compare_offers(index, offers, DEFAULT_RULES)


def real(index: Index, *offers: Offer) -> list[float]:
    return [offer.real_value for offer in compared(index, *offers).offers]


def test_euros_in_germany_against_dollars_in_san_francisco(index: Index) -> None:
    """The newest rate of the euro, and the newest levels of both places, straight from the reference files."""
    home = us(index, 200_000, metro="san-francisco")
    away = Offer(who(index, "de"), 90_000, 10_000, 8_000, 40_000, 4, currency="EUR")
    found = compared(index, home, away)
    [first, second] = found.offers
    rate = RATES["EUR", 2026]
    sf, de = LEVELS[(Factor.METRO, "san-francisco"), 2024], LEVELS[(Factor.COUNTRY, "de"), 2024]
    assert (found.currency, first.real_value, first.four_year_value) == ("USD", 200_000, 800_000)
    assert (first.price_level.place.code, first.price_level.level, first.price_level.year) == ("san-francisco", sf, 2024)
    assert (second.price_level.place.code, second.price_level.level, second.price_level.year) == ("de", de, 2024)
    assert second.benchmark.annualized == 112_000
    assert second.real_value == pytest.approx(112_000 * rate * sf / de, rel=1e-12)
    assert second.benchmark.four_year_value == 448_000
    assert second.four_year_value == pytest.approx(448_000 * rate, rel=1e-12)
    assert second.equivalent_annualized == pytest.approx(112_000 * 200_000 / second.real_value, rel=1e-12)
    assert found.best == 0


def test_currency_and_prices_are_those_of_the_first_offer(index: Index) -> None:
    """In reverse order, all amounts are in euros at German prices, and their ratio is the same."""
    home, away = us(index, 200_000, metro="san-francisco"), Offer(who(index, "de"), 90_000, currency="EUR")
    there, here = compared(index, home, away), compared(index, away, home)
    assert (here.currency, here.offers[0].real_value) == ("EUR", 90_000)
    assert here.best == 1 - there.best
    ratio = there.offers[1].real_value / there.offers[0].real_value
    assert here.offers[0].real_value / here.offers[1].real_value == pytest.approx(ratio, rel=1e-12)


def test_best_offer_and_differences(index: Index) -> None:
    found = compared(index, us(index, 100_000), us(index, 125_000), us(index, 62_500), us(index, 125_000))
    assert found.best == 1
    assert [offer.difference for offer in found.offers] == [-20, 0, -50, 0]
    assert [offer.equivalent_annualized for offer in found.offers] == [125_000] * 4


def test_price_level_of_the_most_specific_place(index: Index) -> None:
    """San Francisco before California before the United States; Berlin has none, so Germany's is used."""
    places = [("us", {"metro": "san-francisco"}), ("us", {"subdivision": "us-ca"}), ("us", {})]
    offers = [Offer(who(index, country, **other), 100_000) for country, other in places]
    assert [offer.price_level.place.code for offer in compared(index, *offers).offers] == ["san-francisco", "us-ca", "us"]
    assert (Factor.METRO, "berlin") not in {place for place, _ in LEVELS}
    away = compared(index, us(index, 1), Offer(who(index, "de", metro="berlin"), 100_000)).offers[1]
    assert away.price_level.place.code == "de"


def test_remote_work_uses_the_price_level_of_its_place(index: Index) -> None:
    office, home = us(index, 100_000, metro="san-francisco"), us(index, 100_000, metro="pittsburgh", work_mode="remote")
    sf, pittsburgh = (LEVELS[(Factor.METRO, code), 2024] for code in ("san-francisco", "pittsburgh"))
    assert real(index, office, home) == [100_000, pytest.approx(100_000 * sf / pittsburgh, rel=1e-12)]


def test_price_level_of_the_newest_year(index: Index) -> None:
    reference = index.reference
    newest = reference.taxonomy.find(Factor.COUNTRY, "de").id, 2024
    levels = {key: level for key, level in reference.price_levels.items() if key != newest}
    older = replace(index, reference=replace(reference, price_levels=levels))
    found = compared(older, us(index, 1), Offer(who(index, "de"), 100_000)).offers[1].price_level
    assert (found.year, found.level) == (2023, LEVELS[(Factor.COUNTRY, "de"), 2023])


@pytest.mark.parametrize(
    ("years", "vested"), [(1, 80_000), (2, 80_000), (3, 80_000), (4, 80_000), (5, 64_000), (8, 40_000), (10, 32_000)]
)
def test_four_year_value_by_hand(index: Index, years: float, vested: float) -> None:
    """Four times 100 and 10 thousand, a sign-on bonus of 20, and the vested part of a grant of 80."""
    offer = Offer(who(index, "us"), 100_000, 10_000, 20_000, 80_000, years)
    assert benchmark_offer(index, offer, DEFAULT_RULES).four_year_value == pytest.approx(460_000 + vested)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "must contain 2 to 5 offers, got 0. Use benchmarkOffer"),
        (1, "must contain 2 to 5 offers, got 1. Use benchmarkOffer"),
        (6, "must contain 2 to 5 offers, got 6. Remove some"),
    ],
)
def test_two_to_five_offers(index: Index, count: int, words: str) -> None:
    with pytest.raises(InputError) as caught:
        compared(index, *[us(index, 100_000)] * count)
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("country", "change", "words"),
    [
        ("europe", {}, "Offer 2 ('B'): There is no price level for Europe"),
        ("europe", {}, "Use one of its countries"),
        ("tw", {}, "no price level for Taiwan, so its cost of living cannot be compared. Remove the offer"),
        ("tw", {"label": None}, "Offer 2: There is no price level"),
        ("es", {}, "Offer 2 ('B'): Not enough data: a benchmark needs 5 records with such pay, and only 0 match Spain"),
        ("us", {"base": 0}, "Offer 2 ('B'): `baseSalary` must be from 1 to 100,000,000 US dollars, got 0.00 USD."),
        ("us", {"vesting_years": 0}, "Offer 2 ('B'): `vestingYears` must be from 1 to 10, got 0.00."),
        ("us", {"currency": "EUX"}, "Offer 2 ('B'): There is no currency with the code 'EUX'"),
        ("us", {"label": "\ud800" * 201}, "Offer 2 ('" + r"\ud800" * 40 + "'): `label` must be one line of at most 200"),
    ],
)
def test_errors_name_the_offer(index: Index, country: str, change: dict[str, object], words: str) -> None:
    second = replace(Offer(who(index, country), 100_000, label="B"), **change)  # type: ignore[arg-type]
    with pytest.raises(InputError) as caught:
        compared(index, us(index, 100_000), second)
    assert words in str(caught.value)


amounts = st.integers(0, 200_000)
places = st.sampled_from([("us", "USD"), ("de", "EUR"), ("in", "INR"), ("us", "EUR")])
offers = st.tuples(places, st.integers(60_000, 300_000), amounts, amounts, amounts, st.floats(1, 10))


@given(given=st.lists(offers, min_size=2, max_size=5))
def test_properties_of_comparisons(index: Index, given: list[tuple[tuple[str, str], int, int, int, int, float]]) -> None:
    listed = [Offer(who(index, country), *amounts, currency=currency) for (country, currency), *amounts in given]
    found = compared(index, *listed)
    best = found.offers[found.best]
    assert [offer.benchmark.annualized for offer in found.offers] == [offer.annualized.total for offer in listed]
    assert best.difference == 0
    assert best.real_value == max(offer.real_value for offer in found.offers)
    assert found.offers[0].real_value == listed[0].annualized.total
    assert found.offers[0].four_year_value == listed[0].four_year_value
    for offer in found.offers:
        assert offer.difference <= 0
        assert offer.equivalent_annualized >= offer.benchmark.annualized * (1 - 1e-12)
    assert _matched(index, listed, found) == pytest.approx([best.real_value] * len(listed), rel=1e-9)
    assert all(one.four_year_value <= 4 * one.annualized.total * (1 + 1e-12) for one in listed)


def _matched(index: Index, listed: list[Offer], found: OfferComparison) -> list[float]:
    """Real values of the offers with their base salaries raised to `equivalent_annualized`, next to the unchanged first."""
    return [_raised(index, listed[0], one, offer) for one, offer in zip(listed, found.offers, strict=True)]


def _raised(index: Index, first: Offer, one: Offer, offer: ComparedOffer) -> float:
    more = offer.equivalent_annualized - offer.benchmark.annualized
    return real(index, first, replace(one, base=one.base + more))[1]
