"""The taxonomy of a small tree: places, descendants, spellings, suggestions."""

from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.errors import InputError, UnknownCode
from service.vocabulary.factors import Factor
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue
from service.vocabulary.units import parse_month

VALUES = [
    FactorValue(1, Factor.COUNTRY, "europe", "Europe"),
    FactorValue(2, Factor.COUNTRY, "de", "Germany", 1, ("DEU", "Deutschland")),
    FactorValue(3, Factor.SUBDIVISION, "de-by", "Bavaria", 2),
    FactorValue(4, Factor.METRO, "munich", "Munich", 3),
    FactorValue(5, Factor.METRO, "rhine-main", "Rhine-Main", 2),
    FactorValue(6, Factor.EXPERIENCE, "4-to-6", "4 to 6 years"),
    FactorValue(7, Factor.EXPERIENCE, "5", "5 years", 6),
    FactorValue(8, Factor.EXPERIENCE, "20-plus", "20 years and more"),
]
TAXONOMY = Taxonomy(VALUES)


def _value(number: int) -> FactorValue:
    return TAXONOMY[number]


@pytest.mark.parametrize("text", ["de", "DE", "germany", "  GERMANY ", "deu", "DEUTSCHLAND"])
def test_every_spelling_resolves_to_the_value(text: str) -> None:
    assert TAXONOMY.resolve(Factor.COUNTRY, text) == _value(2)


def test_spellings_belong_to_their_factor() -> None:
    assert TAXONOMY.resolve(Factor.METRO, "Germany") is None


def test_an_unknown_code_suggests_similar_ones() -> None:
    with pytest.raises(UnknownCode, match=r"'munch'\. Did you mean munich\?") as caught:
        TAXONOMY.find(Factor.METRO, "munch")
    assert caught.value.nearest == ("munich",)
    with pytest.raises(UnknownCode, match=r"Did you mean de\?"):
        TAXONOMY.find(Factor.COUNTRY, "Deutschland")
    assert str(UnknownCode("role", "x", ["a", "b", "c"])).endswith(" Did you mean a, b or c?")


def test_a_value_includes_its_descendants_of_the_same_factor() -> None:
    assert TAXONOMY.within(_value(1)) == {1, 2}
    assert TAXONOMY.within(_value(6)) == {6, 7}


def test_metro_areas_of_a_country_may_lie_outside_its_subdivisions() -> None:
    assert TAXONOMY.children_of_factor(_value(2), Factor.METRO) == [_value(4), _value(5)]
    assert TAXONOMY.children_of_factor(_value(1), Factor.METRO) == [_value(4), _value(5)]
    assert TAXONOMY.descendants(_value(3), Factor.METRO) == {4}


def test_find_wider_searches_wider_factors_too() -> None:
    assert TAXONOMY.find_wider(Factor.METRO, "de-by") == _value(3)
    assert TAXONOMY.find_wider(Factor.METRO, "de") == _value(2)
    with pytest.raises(UnknownCode, match="no metro area"):
        TAXONOMY.find_wider(Factor.METRO, "fr")


def test_a_place_has_the_places_that_contain_it() -> None:
    assert TAXONOMY.place_parents(_value(4)) == {Factor.SUBDIVISION: 3, Factor.COUNTRY: 2}
    assert TAXONOMY.place_parents(_value(5)) == {Factor.COUNTRY: 2}
    assert TAXONOMY.place_parents(_value(2)) == {}


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(4, 6, {6, 7}), (5, 5, {7}), (5, None, {7, 8}), (None, 4, set()), (20, None, {8}), (20, 30, set())],
)
def test_a_range_contains_bands_that_lie_entirely_in_it(low: int | None, high: int | None, expected: set[int]) -> None:
    assert TAXONOMY.between(Factor.EXPERIENCE, low, high) == expected


def test_search_finds_parts_of_spellings() -> None:
    assert TAXONOMY.search(Factor.METRO, "mun") == [_value(4)]
    assert TAXONOMY.search(Factor.COUNTRY, "utsch") == [_value(2)]
    assert TAXONOMY.search(Factor.COUNTRY, "nowhere") == []


def test_values_of_a_closed_factor_are_in_the_order_of_the_registry() -> None:
    """A database that is older than a value has it last."""
    codes = ("bachelor", "secondary", "doctorate", "associate")
    values = [FactorValue(number, Factor.EDUCATION, code, code) for number, code in enumerate(codes)]
    taxonomy = Taxonomy(values)
    expected = ["secondary", "associate", "bachelor", "doctorate"]
    assert [value.code for value in taxonomy.values(Factor.EDUCATION)] == expected
    assert [value.code for value in taxonomy.roots(Factor.EDUCATION)] == expected
    assert [value.code for value in sorted(values, key=lambda value: taxonomy.rank(value.id))] == expected


# Spellings


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Zu\u0308rich", "ZÜRICH"),
        ("Bachelor’s degree", "bachelor's  degree"),
        ("Bachelor´s degree", "bachelor's degree"),
        ("10–14", "10-14"),
        ("10—14", "10−14"),
        ("“quoted”", '"quoted"'),
        ("New\u00a0York", "New York"),
        ("New\u2009York", "new york"),
        ("東京\u3000都", "東京 都"),
        ("New\u200bYork", "NewYork"),
        ("\ufeffCity", "city"),
        ("\u202eCity\u202c", "city"),
        ("Ｃｉｔｙ", "city"),
        ("ｶﾞｽ", "ガス"),
        ("ﬁnance", "finance"),
        ("Straße", "STRASSE"),
        ("co\u00adoperative", "cooperative"),
    ],
)
def test_spellings_that_look_alike_are_equal(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Zürich", "Zurich"), ("Łódź", "Lodz"), ("ガス", "カス"), ("São", "Sao"), ("й", "и")]
)
def test_spellings_with_other_letters_differ(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@given(st.text())
def test_folding_is_stable(text: str) -> None:
    assert fold(fold(text)) == fold(text)
    assert fold(normalize("NFD", text)) == fold(normalize("NFC", text)) == fold(text)
    assert fold(f"\u200b \u3000{text}\u00a0\ufeff") == fold(text)


@pytest.mark.parametrize("text", ["", "2025", "2025-00", "2025-13", "1989-12", "2050-01", "２０２５-01", "2025-1"])
def test_an_invalid_month_is_rejected(text: str) -> None:
    with pytest.raises(InputError, match="is not a month from 1990-01 to 2049-12"):
        parse_month(text)
