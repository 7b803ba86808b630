"""The classes of answers, from the finest to the coarsest."""

from typing import Any

from support.sample_tables import numbered_reference

from service.vocabulary.contribution_class import (
    INVITATION_SCHEDULE,
    RELEASE_SCHEDULE,
    ClassKind,
    ContributionClass,
    ReleaseSchedule,
    classes_of,
)
from service.vocabulary.currencies import Rates
from service.vocabulary.factors import Factor
from service.vocabulary.terms import FxRate

TAXONOMY = numbered_reference(1).taxonomy
RATES = Rates([FxRate("USD", 2026, 1.0), FxRate("EUR", 2026, 1.0824), FxRate("INR", 2026, 0.0115)])
ANSWERS = {
    "employer": "example-robotics",
    "metro": "san-francisco",
    "subdivision": "us-ca",
    "country": "us",
    "role": "mlops-engineer",
    "level": "senior",
    "experience": "5",
    "education": "master",
}


def found(*without: str, schedule: ReleaseSchedule = INVITATION_SCHEDULE, **other: str) -> dict[str, dict[str, str]]:
    """By kind, the codes of a class's values."""
    codes = {name: code for name, code in {**ANSWERS, **other}.items() if name not in without}
    one = {Factor(name): TAXONOMY.find(Factor(name), code).id for name, code in codes.items()}
    classes = classes_of(one, TAXONOMY, schedule)
    return {c.kind.value: {factor.value: TAXONOMY[number].code for factor, number in c.values().items()} for c in classes}


def test_classes_are_listed_from_the_finest_and_have_no_other_value() -> None:
    role, family, level = {"role": "mlops-engineer"}, {"role": "machine-learning"}, {"level": "senior"}
    country, continent = {"country": "us"}, {"country": "north-america"}
    assert list(found().items()) == [
        ("employer-family-level-country", family | level | country | {"employer": "example-robotics"}),
        ("metro-role-level", role | level | country | {"metro": "san-francisco"}),
        ("role-level-country", role | level | country),
        ("role-country", role | country),
        ("family-level-country", family | level | country),
        ("family-country", family | country),
        ("role-continent", role | continent),
        ("family-continent", family | continent),
    ]
    assert list(found(schedule=RELEASE_SCHEDULE)) == list(found())[2:]


def test_missing_answers_leave_the_classes_that_do_not_need_them() -> None:
    cases: list[tuple[dict[str, Any], list[str]]] = [
        ({"without": ("employer", "metro")}, [kind.value for kind in RELEASE_SCHEDULE]),
        (
            {"without": ("level",)},
            ["role-country", "family-country", "role-continent", "family-continent"],
        ),
        (  # a role that is a family
            {"without": ("employer", "metro"), "role": "machine-learning"},
            ["family-level-country", "family-country", "family-continent"],
        ),
        ({"without": ("employer", "metro", "subdivision"), "country": "europe"}, ["role-continent", "family-continent"]),
        ({"without": ("role",)}, []),
        ({"without": ("country",)}, []),
    ]
    mismatches = []
    for given, expected in cases:
        kinds = list(found(*given.pop("without"), **given))
        mismatches += [(given, kinds)] if kinds != expected else []
    assert mismatches == []


def test_amounts_are_in_the_main_currency_of_the_country_and_in_dollars_for_continents() -> None:
    role = TAXONOMY.find(Factor.ROLE, "mlops-engineer").id
    currencies = {
        code: ContributionClass(ClassKind.ROLE_COUNTRY, role, TAXONOMY.find(Factor.COUNTRY, code).id).currency(
            TAXONOMY, RATES
        )
        for code in ("de", "in", "us", "jp", "europe")
    }
    assert currencies == {"de": "EUR", "in": "INR", "us": "USD", "jp": "USD", "europe": "USD"}  # RATES has no yen


def test_coarser_classes_open_after_two_to_six_releases_of_waiting() -> None:
    assert list(RELEASE_SCHEDULE.values()) == [0, 2, 3, 4, 5, 6]
    assert list(INVITATION_SCHEDULE) == list(ClassKind)
