"""Spellings among many: found by a part of them and by similarity, with as much work whatever the number of values."""

from difflib import get_close_matches
from itertools import permutations
from string import ascii_lowercase, digits

from hypothesis import given
from hypothesis import strategies as st

from service.vocabulary.factors import Factor
from service.vocabulary.spellings import MAX_COMPARED, Spellings, fold
from service.vocabulary.terms import FactorValue
from service.work import Work, counted

WORDS = (
    "acme",
    "global",
    "data",
    "systems",
    "labs",
    "analytics",
    "cloud",
    "robotics",
    "health",
    "bank",
    "capital",
    "vision",
)
CODES = ["-".join(words) for words in permutations(WORDS, 3)]
MANY = Spellings([FactorValue(n, Factor.EMPLOYER, code, code.replace("-", " ").title()) for n, code in enumerate(CODES)])
TEXTS = st.text(ascii_lowercase[:5] + digits[:2] + "- Éя", max_size=12)


def named(codes: list[str]) -> list[FactorValue]:
    return [
        FactorValue(number, Factor.EMPLOYER, code, code.upper(), None, (f"the {code}",)) for number, code in enumerate(codes)
    ]


@given(codes=st.lists(TEXTS.filter(bool), max_size=MAX_COMPARED, unique=True), text=TEXTS)
def test_few_codes_are_compared_as_by_difflib(codes: list[str], text: str) -> None:
    spellings = Spellings(named(codes))
    known = spellings.resolve(text)
    slug = fold(text).replace(" ", "-")
    assert spellings.nearest(text, 3) == ([known.code] if known else get_close_matches(slug, codes, 3, 0.6))


def test_the_closest_of_many_codes_is_found_with_few_comparisons() -> None:
    for code in CODES[::150]:
        for wrong in (code[1:], code[:5] + "x" + code[6:], f"{code[:8]}{code[9]}{code[8]}{code[10:]}", code + "-inc"):
            with counted() as work:
                found = MANY.nearest(wrong, 3)
            assert found[0] == get_close_matches(wrong, CODES, 1, 0.6)[0]
            assert work[Work.COMPARISONS] <= MAX_COMPARED


def test_a_text_that_resembles_nothing_is_compared_with_nothing() -> None:
    with counted() as work:
        assert MANY.nearest("zzzz0123zzzz", 3) == []
        assert MANY.nearest("", 3) == []
    assert work[Work.COMPARISONS] == 0


@given(codes=st.lists(TEXTS, max_size=30, unique=True), text=TEXTS)
def test_search_finds_every_value_with_the_text_in_a_spelling(codes: list[str], text: str) -> None:
    values, wanted = named(codes), fold(text)
    spellings = {value.id: [fold(one) for one in (value.code, value.label, *value.aliases)] for value in values}
    first = [value for value in values if any(one.startswith(wanted) for one in spellings[value.id])]
    others = [value for value in values if value not in first and any(wanted in one for one in spellings[value.id])]
    assert Spellings(values).search(text) == [*first, *others]
