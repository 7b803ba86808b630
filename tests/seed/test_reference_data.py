"""The reference values: format of the files, trees of values, unambiguous spellings."""

from collections import Counter

import pytest

from seed import reference_data as reference
from service.vocabulary.factors import FACTORS, Factor, FactorSpec
from service.vocabulary.gazetteer import place_key
from service.vocabulary.spellings import fold
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, Term

TERMS = reference.terms()
BY_NAME = {(term.factor, term.code): term for term in TERMS}


def numbered(terms: list[Term]) -> list[FactorValue]:
    ids = {(term.factor, term.code): number for number, term in enumerate(terms, 1)}
    return [
        FactorValue(number, term.factor, term.code, term.label, ids[term.parent] if term.parent else None, term.aliases)
        for number, term in enumerate(terms, 1)
    ]


TAXONOMY = Taxonomy(numbered(TERMS))


def of(factor: Factor) -> list[Term]:
    return [term for term in TERMS if term.factor is factor]


def resolved(factor: Factor, text: str) -> str | None:
    found = TAXONOMY.resolve(factor, text)
    return found.code if found else None


# The shape of the whole


def test_codes_are_well_formed_and_unique() -> None:
    assert len(BY_NAME) == len(TERMS)
    assert all(term.code and set(term.code) <= set("abcdefghijklmnopqrstuvwxyz0123456789-") for term in TERMS)


def test_parents_precede_their_children() -> None:
    seen: set[tuple[Factor, str]] = set()
    for term in TERMS:
        assert term.parent is None or term.parent in seen, term
        seen.add((term.factor, term.code))


def test_parents_are_values_of_the_same_factor_or_a_wider_one() -> None:
    crossing = {(term.factor, term.parent[0]) for term in TERMS if term.parent and term.parent[0] is not term.factor}
    assert crossing == {
        (Factor.METRO, Factor.SUBDIVISION),
        (Factor.METRO, Factor.COUNTRY),
        (Factor.SUBDIVISION, Factor.COUNTRY),
        (Factor.QUARTER, Factor.YEAR),
        (Factor.SOURCE, Factor.SOURCE_KIND),
    }


@pytest.mark.parametrize("factor", reference.FILES)
def test_spellings_are_unambiguous(factor: Factor) -> None:
    owners: dict[str, set[str]] = {}
    for term in of(factor):
        for text in (term.code, term.label, *term.aliases):
            owners.setdefault(fold(text), set()).add(term.code)
    assert {text: codes for text, codes in owners.items() if len(codes) > 1} == {}


@pytest.mark.parametrize("factor", reference.FILES)
def test_aliases_are_unique_and_without_extra_spaces(factor: Factor) -> None:
    for term in of(factor):
        spellings = [fold(alias) for alias in term.aliases]
        assert len(set(spellings)) == len(spellings), term
        assert not {fold(term.code), fold(term.label)} & set(spellings), term
        assert all(text == " ".join(text.split()) for text in (term.label, *term.aliases)), term


@pytest.mark.parametrize("spec", [spec for spec in FACTORS.values() if spec.codes], ids=lambda spec: str(spec.factor))
def test_closed_factors_have_the_codes_of_the_registry_in_order(spec: FactorSpec) -> None:
    assert tuple(term.code for term in of(spec.factor)) == spec.codes


def test_every_factor_has_values() -> None:
    assert {term.factor for term in TERMS} == set(FACTORS)


def test_files_end_with_a_single_line_feed() -> None:
    for path in reference.REFERENCE.glob("*.csv"):
        content = path.read_bytes()
        assert b"\r" not in content
        assert content.endswith(b"\n")
        assert not content.endswith(b"\n\n")
        assert not content.startswith(b"\xef\xbb\xbf")


# Roles and titles


def test_roles_form_families_of_two_levels() -> None:
    families = TAXONOMY.roots(Factor.ROLE)
    assert 12 <= len(families) <= 20
    assert all(TAXONOMY.children(family) for family in families)
    assert not any(TAXONOMY.children(role) for family in families for role in TAXONOMY.children(family))


@pytest.mark.parametrize(
    ("title", "role"),
    [
        ("Machine Learning Engineer", "machine-learning-engineer"),
        ("machine  learning ENGINEER", "machine-learning-engineer"),
        ("Machine Learning Lead", "machine-learning-engineer"),
        ("Applied Machine Learning Engineer", "applied-machine-learning-engineer"),
        ("Machine Learning Software Engineer", "machine-learning-software-engineer"),
        ("AI/ML engineer", "ai-engineer"),
        ("Business Intelligence", "business-intelligence"),
        ("Developer, full-stack", "full-stack-developer"),
        ("Software Quality Assurance Analysts and Testers", "qa-engineer"),
        ("Engineer", None),
        ("Senior Machine Learning Engineer", None),
    ],
)
def test_roles_of_titles(title: str, role: str | None) -> None:
    assert resolved(Factor.ROLE, title) == role


def test_unmapped_titles_match_no_role_and_have_a_reason() -> None:
    unmapped = reference.unmapped_titles()
    assert {"Engineer", "Manager", "Student", "Other (please specify):"} <= set(unmapped)
    assert all(unmapped.values())
    assert [title for title in unmapped if resolved(Factor.ROLE, title)] == []


def test_roles_of_occupation_codes() -> None:
    roles = {term.code for term in of(Factor.ROLE)}
    occupations = reference.soc_roles()
    assert set(occupations.values()) <= roles
    assert occupations["15-2051"] == "data-scientist"
    assert "15-1299" not in occupations  # all other: has no single role
    assert not any(code.startswith(("13-1", "17-1", "23-", "25-", "29-")) for code in occupations)


def test_industries_of_naics_codes() -> None:
    industries = reference.naics_industries()
    assert set(industries.values()) <= {term.code for term in of(Factor.INDUSTRY)}
    assert all(code.isdecimal() and 2 <= len(code) <= 6 for code in industries)
    assert list(industries) == sorted(industries)
    assert industries["5415"] == "it-services"
    official = {one.naics_code.rstrip("0"): one.industry for one in reference.official_wages() if one.industry}
    naics = {code: industry for code, industry in official.items() if code.isdecimal()}
    assert naics
    longest = {code: max((known for known in industries if code.startswith(known)), key=len) for code in naics}
    assert {code: industries[known] for code, known in longest.items()} == naics


# Places


def test_numbers_of_places() -> None:
    countries = [term for term in of(Factor.COUNTRY) if term.parent]
    assert len(countries) == 252
    assert len(of(Factor.COUNTRY)) - len(countries) == 7
    parents = Counter(term.parent for term in of(Factor.SUBDIVISION))
    assert parents[Factor.COUNTRY, "us"] == 51
    assert len(parents) >= 13
    metros = Counter(country_of(term) for term in of(Factor.METRO))
    assert metros["us"] == 387
    assert metros.total() - metros["us"] >= 180


def country_of(term: Term) -> str:
    while term.factor is not Factor.COUNTRY:
        assert term.parent, term
        term = BY_NAME[term.parent]
    return term.code


def test_subdivision_codes_start_with_their_country() -> None:
    assert all(term.parent == (Factor.COUNTRY, term.code.partition("-")[0]) for term in of(Factor.SUBDIVISION))


@pytest.mark.parametrize(
    ("factor", "text", "code"),
    [
        (Factor.COUNTRY, "NA", "na"),
        (Factor.COUNTRY, "Viet Nam", "vn"),
        (Factor.COUNTRY, "Iran, Islamic Republic of...", "ir"),
        (Factor.COUNTRY, "Republic of Korea", "kr"),
        (Factor.COUNTRY, "usa", "us"),
        (Factor.COUNTRY, "Korea", "kr"),
        (Factor.COUNTRY, "England", "gb"),
        (Factor.COUNTRY, "Czech Republic", "cz"),
        (Factor.COUNTRY, "Türkiye", "tr"),
        (Factor.COUNTRY, "Kingdom of the Netherlands", "nl"),
        (Factor.COUNTRY, "Allemagne", "de"),
        (Factor.COUNTRY, "Saksa", "de"),
        (Factor.COUNTRY, "Германия", "de"),
        (Factor.COUNTRY, "日本", "jp"),
        (Factor.COUNTRY, "대한민국", "kr"),
        (Factor.SUBDIVISION, "Mass.", "us-ma"),
        (Factor.SUBDIVISION, "CA", "us-ca"),
        (Factor.SUBDIVISION, "Île-de-France", "fr-idf"),
        (Factor.METRO, "41860", "san-francisco"),
        (Factor.METRO, "Palo Alto, CA", "san-jose"),
        (Factor.METRO, "Portland, ME", "portland-me"),
        (Factor.METRO, "Portland", "portland"),
        (Factor.METRO, "Bangalore", "bengaluru"),
        (Factor.METRO, "München", "munich"),
    ],
)
def test_spellings_of_places(factor: Factor, text: str, code: str) -> None:
    assert resolved(factor, text) == code


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (Factor.COUNTRY, "Congo"),
        (Factor.COUNTRY, "Granada"),
        (Factor.METRO, "Pasadena"),
        (Factor.METRO, "Ontario"),
        (Factor.METRO, "Québec"),
    ],
)
def test_spellings_of_several_places_belong_to_none(factor: Factor, text: str) -> None:
    assert resolved(factor, text) is None


def test_cities_lie_in_known_places_and_are_listed_once_for_each() -> None:
    listed: Counter[tuple[str, str, str]] = Counter()
    for group in reference.cities():
        metro = BY_NAME[Factor.METRO, group.metro] if group.metro else None
        assert group.within in BY_NAME
        assert metro is None or metro.parent in (group.within, (Factor.COUNTRY, country_of(BY_NAME[group.within])))
        assert list(group.names) == sorted(set(group.names))
        listed.update((group.metro, group.within[1], key) for key in group.keys)
    assert [key for key, count in listed.items() if count > 1] == []
    assert listed.total() > 30_000
    metros = {group.metro for group in reference.cities()} - {""}
    assert metros == {term.code for term in of(Factor.METRO)}


def test_principal_cities_of_metro_areas_lie_in_them() -> None:
    listed = {(group.metro, group.within[1], key) for group in reference.cities() for key in group.keys}
    principal = {
        (term.code, resolved(Factor.SUBDIVISION, state), place_key(city))
        for term in of(Factor.METRO)
        for alias in term.aliases
        for city, comma, state in (alias.rpartition(", "),)
        if comma and country_of(term) == "us" and "--" not in city  # titles of other sources
    }
    assert len(principal) > 500
    assert principal - listed == {("san-luis-obispo", "us-ca", "el paso de robles paso robles")}


def test_parent_of_a_metro_is_its_state_or_the_country() -> None:
    assert BY_NAME[Factor.METRO, "san-jose"].parent == (Factor.SUBDIVISION, "us-ca")
    assert BY_NAME[Factor.METRO, "new-york"].parent == (Factor.COUNTRY, "us")


# Sources


def test_parents_of_sources_are_their_kinds() -> None:
    sources = {source.code: source.kind for source in reference.sources()}
    assert {term.code: term.parent for term in of(Factor.SOURCE)} == {
        code: (Factor.SOURCE_KIND, kind) for code, kind in sources.items()
    }
    assert sources["aijobs"] == "posted-range"
    assert sources["lca"] == "government-filing"
    assert all(source.licence for source in reference.sources())
