"""Names of employers that look like known ones."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.vocabulary.lookalikes import MAX_LOOKALIKES, KnownNames, outline

KNOWN = {
    "acme-labs": "Acme Labs",
    "google": "Google",
    "ibm": "IBM",
    "microsoft": "Microsoft",
    "oracle": "Oracle",
    "müller": "Müller",
    "яндекс-cloud": "Яндекс Cloud",
    "community-medical-center": "Community Medical Center",
}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Асmе Labs", ["acme-labs"]),  # А, с and е are Cyrillic
        ("ACME-LABS", ["acme-labs"]),
        ("Ac\u200bme Labs", ["acme-labs"]),
        ("Acmé Labs", ["acme-labs"]),
        ("A\u0323cme Labs", ["acme-labs"]),
        ("Ａｃｍｅ Labs", ["acme-labs"]),
        ("G00gle", ["google"]),
        ("Goog1e", ["google"]),
        ("GooɡIe", ["google"]),  # ɡ is U+0261
        ("lBM", ["ibm"]),
        ("1BM", ["ibm"]),
        ("0racle", ["oracle"]),
        ("Muller", ["müller"]),
        ("Яндeкс Cloud", ["яндекс-cloud"]),  # e is Latin
    ],
)
def test_confusable_names(name: str, expected: list[str]) -> None:
    found = KnownNames(KNOWN.items()).lookalikes(name)
    assert [one.code for one in found if one.is_confusable] == expected


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Goggle", ["google"]),
        ("rnicrosoft", []),
        ("Mircosoft", []),
        ("Micosoft", ["microsoft"]),
        ("Community Medical Centers", ["community-medical-center"]),
        ("Community Medical Center of Ohio", ["community-medical-center"]),
        ("Acme", ["acme-labs"]),
        ("Apple", []),
        ("華為", []),
    ],
)
def test_similar_names_are_not_confusable(name: str, expected: list[str]) -> None:
    found = KnownNames(KNOWN.items()).lookalikes(name)
    assert [(one.code, one.is_confusable) for one in found] == [(code, False) for code in expected]


def test_the_nearest_come_first() -> None:
    known = KnownNames((f"acme-{n}", f"Acme Software {'x' * n}") for n in range(9))
    found = known.lookalikes("Acme Software xx")
    assert [one.code for one in found] == ["acme-2", "acme-1", "acme-3", "acme-4", "acme-0"]
    assert [one.is_confusable for one in found] == [True, False, False, False, False]
    assert len(found) == MAX_LOOKALIKES


@given(st.text(max_size=20))
def test_an_outline_is_the_same_in_every_normal_form(text: str) -> None:
    forms = {outline(unicodedata.normalize(form, text)) for form in ("NFC", "NFD", "NFKC")}
    assert len(forms) == 1
