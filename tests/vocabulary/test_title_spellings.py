"""All spellings of all roles are read as their role, and with a level beside them as the same role with that level."""

from functools import cache

import pytest
from support.sample_tables import numbered_reference
from support.titles import level_of, role_of
from support.titles import read as read_title

from service.vocabulary.factors import Factor
from service.vocabulary.title_levels import OCCUPATIONS
from service.vocabulary.title_words import segments

TAXONOMY = numbered_reference(1).taxonomy
read = cache(read_title)
"""Several tests read the same titles."""


def spellings() -> list[str]:
    roles = TAXONOMY.values(Factor.ROLE)
    return [text for role in roles for text in (role.label, *role.aliases)]


def test_every_spelling_of_a_role_is_read_as_it_and_with_certainty() -> None:
    roles = TAXONOMY.values(Factor.ROLE)
    wrong = {
        text: (role_of(found), found.certainty)
        for role in roles
        for text in (role.code, role.label, *role.aliases)
        if (role_of(found := read(text)), found.certainty) != (role.code, 1.0)
    }
    assert wrong == {}


OTHER_GRADES = ("Associate", "Vice President", "VP", "Development")
"""First words with which a level makes another phrase: "Senior Associate", "Senior VP", "Staff Development"."""


def test_a_level_changes_nothing_but_the_level() -> None:
    wrong = {}
    for text in (text for text in spellings() if not text.startswith(OTHER_GRADES)):
        before = read(text)
        for written in (f"Senior {text}", f"Staff {text}", f"{text}, Senior", f"{text} II"):
            after = read(written)
            if (before.role, before.specializations, before.internship) != (
                after.role,
                after.specializations,
                after.internship,
            ):
                wrong[written] = (role_of(before), role_of(after))
    assert wrong == {}


def test_no_level_changes_the_role_of_an_occupation() -> None:
    """Of a field it may: the vice president of data science is no data scientist. So may one of a leader."""
    management = TAXONOMY.find(Factor.ROLE, "management").id
    leading = {role.code for role in TAXONOMY.values(Factor.ROLE) if TAXONOMY.root(role.id) == management}
    patterns = ("Senior {}", "{}, Senior", "VP, {}", "{}, VP", "Head {}", "{} (Lead)")
    texts = [text for text in spellings() if any(part.words[-1] in OCCUPATIONS for part in segments(text))]
    wrong = {
        written: (role_of(read(text)), role_of(read(written)))
        for text in texts
        if not text.startswith(OTHER_GRADES) and role_of(read(text)) not in leading
        for written in (pattern.format(text) for pattern in patterns)
        if role_of(read(text)) != role_of(read(written))
    }
    assert wrong == {}


def test_the_lead_of_a_field_has_its_family_with_less_certainty() -> None:
    assert [(role_of(found), found.certainty) for found in map(read, ("Security Lead", "AI Lead"))] == [
        ("security", 0.9),
        ("ai-engineer", 1.0),
    ]


@pytest.mark.parametrize("word", ["Lead", "Staff", "Principal"])
def test_levels_are_no_part_of_a_role(word: str) -> None:
    families = {family.id for family in TAXONOMY.roots(Factor.ROLE)}
    roles = [role for role in TAXONOMY.values(Factor.ROLE) if role.id not in families]
    read_as = {role.code: read(f"{word} {role.label}") for role in roles}
    assert {code: role_of(reading) for code, reading in read_as.items()} == {role.code: role.code for role in roles}
    leading = {role.code for role in roles if TAXONOMY.root(role.id) == TAXONOMY.find(Factor.ROLE, "management").id}
    levels = {level_of(reading) for code, reading in read_as.items() if code not in leading}
    assert levels == {"principal" if word == "Principal" else "staff"}
