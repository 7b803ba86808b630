"""What always holds for readings of places, and for the names of the reference data."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.places import Codes, codes, country, gazetteer, place_reader, places

from seed.reference_data import cities
from service.vocabulary.factors import PLACES, Factor
from service.vocabulary.gazetteer import TERRITORIES, place_key

US_STATES = sorted(value.code for value in places().values(Factor.SUBDIVISION) if value.code.startswith("us-"))
COUNTRIES = sorted(value.code for value in places().values(Factor.COUNTRY) if value.parent)
NAMES = sorted({name for group in cities() for name in group.names})
CITY_STATES = ("us-ny", "us-wa")  # New York and Washington are cities too
STATES_OF_METROS = {
    metro: {group.within[1] for group in cities() if group.metro == metro} for metro in {group.metro for group in cities()}
}
names, states, lands = st.sampled_from(NAMES), st.sampled_from(US_STATES), st.sampled_from(COUNTRIES)
forms = st.sampled_from(["{city}, {state}", "{city} ({state})", "Greater {city} Area, {state}", "Remote - {city}, {state}"])


def assert_within(found: Codes, state: str) -> None:
    metro, subdivision, land = found
    assert metro is None or state in STATES_OF_METROS[metro]
    assert subdivision in (None, state)
    assert land in (None, "us")


@given(names, states, forms, st.booleans())
def test_a_city_is_never_outside_the_stated_state(city: str, state: str, form: str, written: bool) -> None:
    value = places().find(Factor.SUBDIVISION, state)
    text = form.format(city=city, state=value.label if written and state not in CITY_STATES else value.aliases[0])
    assert_within(codes(place_reader().read(text, country("us"))), state)


@given(names, states)
def test_a_city_is_never_outside_the_state_of_its_column(city: str, state: str) -> None:
    label = places().find(Factor.SUBDIVISION, state).label
    found = codes(place_reader().read_columns({Factor.METRO: city, Factor.SUBDIVISION: label, Factor.COUNTRY: "us"}))
    assert_within(found, state)
    assert found[1:] == (state, "us")


@given(names, lands)
def test_a_place_is_never_outside_the_stated_country(city: str, land: str) -> None:
    for text in (city, f"{city}, {places().find(Factor.COUNTRY, land).label}"):
        metro, subdivision, found = codes(place_reader().read(text, country(land)))
        assert found in (None, land, *TERRITORIES.get(land, ()))
        for factor, code in ((Factor.METRO, metro), (Factor.SUBDIVISION, subdivision)):
            assert code is None or country_of(factor, code) == found


REGIONS = sorted({value.label for factor in PLACES[1:] for value in places().values(factor)})
COUNTIES = sorted({name for group in cities() if group.people is None for name in group.names if len(name) > 2})


@given(names, st.sampled_from(REGIONS + COUNTIES), st.sampled_from(["{}, {}", "{} ({})", "{} - {}"]))
def test_a_city_in_a_region_is_never_in_a_country_without_that_region(city: str, region: str, form: str) -> None:
    found = place_reader().read(form.format(city, region)).country
    lands = {place.area.country for place in gazetteer().named(region)}
    assert found is None or any(found.id == land or gazetteer().contains(land, found.id) for land in lands)


AROUND = ["Greater {}", "Central {}", "Raum {}", "Gran {}", "{} Area", "{} Metro", "{} office", "{} HQ"]
IN_CITY = ["Downtown {}", "City of {}", "{} town", "{} City"]
OF_REGION = ["{} Region", "Region of {}", "{} Province"]


NAMED_REGIONS = [name for name in REGIONS if len(name) > 3 and not {"(", ","} & set(name)]


@given(st.sampled_from(NAMED_REGIONS), st.sampled_from(AROUND + IN_CITY + OF_REGION))
def test_words_around_a_region_make_it_no_city_elsewhere(name: str, form: str) -> None:
    reader, text = place_reader(), form.format(name)
    alone, nowhere = codes(reader.read(name)), (None, None, None)
    expected = {alone} | ({nowhere} if form in IN_CITY else set())
    if form in OF_REGION:  # which is no city, so that Washington State and Kochi Province are certain
        expected |= {(None, *alone[1:]), *(codes(reader.read_columns({factor: name})) for factor in PLACES[1:])}
    assert gazetteer().named(text) or codes(reader.read(text)) in expected


def country_of(factor: Factor, code: str) -> str:
    parents = places().place_parents(places().find(factor, code))
    return places()[parents[Factor.COUNTRY]].code


@given(st.text(max_size=40) | st.lists(names | states | lands | st.sampled_from(list(" ,;/()-&")), max_size=8).map(" ".join))
def test_any_text_can_be_read(text: str) -> None:
    reading = place_reader().read(text)
    for value in (reading.metro, reading.subdivision):
        if value:
            assert reading.country
            assert country_of(value.factor, value.code) == reading.country.code


@pytest.mark.parametrize("factor", PLACES)
def test_no_name_of_the_reference_is_read_as_another_place(factor: Factor) -> None:
    read = {
        (value.code, name): place_reader().read(name, None)
        for value in places().values(factor)
        for name in (value.label, *value.aliases)
        if not name.isdecimal()
    }
    number = PLACES.index(factor)
    others = {key: codes(reading)[number] for key, reading in read.items() if codes(reading)[number] not in (None, key[0])}
    assert others == {}
    unsettled = sum(codes(reading)[number] is None for reading in read.values())
    assert unsettled <= {Factor.METRO: 11, Factor.SUBDIVISION: 40, Factor.COUNTRY: 4}[factor]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("  The  Hague ", "hague"), ("St. Louis", "st louis"), ("Saint-Étienne", "st etienne"), ("São Paulo", "sao paulo"),
        ("Sa\u0303o Paulo", "sao paulo"), ("D.C.", "dc"), ("Ft.Worth", "ft worth"),
        ("Coeur d’Alene", "coeur dalene"), ("Łódź", "lodz"), ("Ålesund", "alesund"),
        ("Trinidad & Tobago", "trinidad and tobago"),
        ("Korea, Republic of", "korea republic of"), ("Congo (Kinshasa)", "congo kinshasa"), ("東京", "東京"),
    ],
)  # fmt: skip
def test_names_are_compared_without_accents_and_punctuation(text: str, key: str) -> None:
    assert place_key(text) == key
