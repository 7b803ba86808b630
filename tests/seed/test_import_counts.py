"""Counts in cells: years of experience and sizes of employers, as surveys write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seed.importer.cells import count_code, size_code
from service.vocabulary.factors import EMPLOYER_SIZES
from service.vocabulary.units import EXPERIENCE_BANDS, MAX_YEARS, count_range, count_terms

CODES = {term.code for term in count_terms()}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("0", "0"), ("7", "7"), ("14.0", "14"), ("2.5", "2"), ("2,5", "2"), ("60", "60"), ("61", None), ("-1", None),
        ("1 year", "1"), ("3 yrs.", "3"), ("3y", "3"), ("10 Jahre", "10"), ("5 años", "5"), ("3年", "3"), ("３ 年", "3"),
        ("10 лет", "10"), ("5\u00a0years", "5"), ("18 months", "1"), ("6 Monate", "0"), ("18か月", "1"), ("3개월", "0"),
        ("5 years 6 months", "5"), ("5 years, 11 months", None), ("3 offers", "3"), ("None", "0"),
        ("Less than a year", "0"), ("less than 1 year", "0"), ("<1", "0"), ("< 1 year", "0"), ("menos de 1 año", "0"),
        ("weniger als ein Jahr", "0"), ("moins d’un an", "0"), ("1年未満", "0"), ("less than 2 years", "0-to-1"),
        ("up to 1 year", "0-to-1"), ("less than 3 years", None), ("3年未満", None),
    ],
)  # fmt: skip
def test_years_of_experience(text: str, code: str | None) -> None:
    assert count_code(text) == code


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2 to 3 years", "2-to-3"), ("5 to 6 years", "4-to-6"), ("4-6", "4-to-6"), ("10–14 years", "10-to-14"),
        ("0 to 1", "0-to-1"), ("2～3年", "2-to-3"), ("4 à 6 ans", "4-to-6"), ("7 bis 9 Jahre", "7-to-9"),
        ("from 4 to 6 years", "4-to-6"), ("от 4 до 6 лет", "4-to-6"), ("5\u2009–\u20096 yrs", "4-to-6"), ("5-5", "5"),
        ("20 or more years", "20-plus"), ("20+", "20-plus"), ("over 20 years", "20-plus"), ("25+ years", "20-plus"),
        ("20 years or more", "20-plus"), ("20年以上", "20-plus"), ("über 20 Jahre", "20-plus"), ("20-25", "20-plus"),
        ("más de 20 años", "20-plus"), ("yli 20 vuotta", "20-plus"),
    ],
)  # fmt: skip
def test_a_span_is_the_band_that_contains_it(text: str, code: str) -> None:
    assert count_code(text) == code


@pytest.mark.parametrize(
    "text",
    [
        "1 to 2 years", "3 to 4 years", "6 to 7 years", "9 to 10 years", "3 to 12", "3 - 5 años", "5+", "10+", "1+ año",
        "over 10 years", "10 or more", "más de 15 años", "10年以上", "more than a year", "15-20", "6-4", "50-70",
    ],
)  # fmt: skip
def test_a_span_over_several_bands_is_unknown(text: str) -> None:
    assert count_code(text) is None


@pytest.mark.parametrize(
    "text", ["", "six", "y", "a year", "5 6", "5m", "1,000", "100", "5 to", "about 5", "5 or 7", "10 people", "5/6", "1e1"]
)
def test_other_texts_are_no_years(text: str) -> None:
    assert count_code(text) is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1", "small"), ("49", "small"), ("50", "medium"), ("249", "medium"), ("250", "large"), ("499", "large"),
        ("500", "from-500-to-999"), ("1,000", "from-1000-to-4999"), ("10 000", "from-10000"),
        ("Fewer than 10 employees", "small"), ("10 to 19 employees", "small"), ("20 to 99 employees", "from-20-to-99"),
        ("100 to 499 employees", "from-100-to-499"), ("500 to 999 employees", "from-500-to-999"),
        ("1,000 to 4,999 employees", "from-1000-to-4999"), ("5,000 to 9,999 employees", "from-5000-to-9999"),
        ("10,000 or more employees", "from-10000"), ("1000 or more", "enterprise"), ("250+", "large"),
        ("501-1000", "large"), ("1001-5000", "enterprise"), ("51-100", "medium"), ("250-499", "large"),
        ("über 10.000 Mitarbeiter", "from-10000"), ("1.000 a 4.999 empleados", "from-1000-to-4999"),
        ("500人以上", "large"), ("weniger als 50 Mitarbeiter", "small"),
        ("11-50", None), ("6-99", None), ("101-500", None), ("0", None), ("10 years", None), ("12 months", None),
        ("many", None), ("-5", None), ("20+", None),
    ],
)  # fmt: skip
def test_sizes_of_employers(text: str, code: str | None) -> None:
    assert size_code(text) == code


NUMBERS = st.integers(0, 70)


@given(NUMBERS, NUMBERS, st.sampled_from(["{}-{}", "{} to {} years", "{} bis {} Jahre", "{}～{}年", "{} – {}"]))
def test_a_code_contains_exactly_the_spans_in_its_band(low: int, high: int, form: str) -> None:
    found = count_code(form.format(low, high))
    bands = [(first, last) for first, last in EXPERIENCE_BANDS if first <= low <= high <= last]
    if low == high <= MAX_YEARS:
        assert found == str(low)
    else:
        assert [found and count_range(found)] == (bands or [None])


@given(st.one_of(st.text(max_size=20), st.text("0123456789 yearsto+-<>≤.,年", max_size=12)))
def test_any_text_has_a_known_code_or_none(text: str) -> None:
    assert count_code(text) in CODES | {None}
    assert size_code(text) in {*EMPLOYER_SIZES, None}
