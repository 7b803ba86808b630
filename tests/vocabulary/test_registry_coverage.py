"""Every factor and measure of the registries is everywhere that readers and contributors expect it.

A new factor fails these tests until it has a column, a record field, a filter, a group-by, a profile field, a question and a
filter on the page, or is listed here as one that does not need them.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from graphql import GraphQLEnumType, GraphQLInputObjectType, GraphQLObjectType, build_schema

from schema.schema import SDL
from schema.types.enums import CLOSED_FACTORS
from seed.reference_data import FILES, REFERENCE
from service.market.relaxation import MATCH_CRITERIA
from service.store.export import PUBLISHED_MULTIPLE, PUBLISHED_PAY, PUBLISHED_SINGLE
from service.store.records import RECORD_SCHEMA
from service.store.tables import salary_record
from service.vocabulary.factors import FACTORS, MULTIPLE, NOT_IN_PROFILES, SINGLE, UNPUBLISHED, Factor, Storage
from service.vocabulary.measures import COMPONENTS, MEASURES, PAY, REPORTED_COLUMNS, TOTALS, Measure, Unit

PAGE = Path(__file__).parents[2] / "web" / "src"
TYPES = build_schema(SDL.read_text()).type_map
STORED = {factor for factor, spec in FACTORS.items() if spec.storage is not Storage.DERIVED}
NOT_ASKED = {Factor.SOURCE}
"""Factors that the contribution form does not contain."""


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _field(factor: Factor) -> str:
    """The name of a factor's field in records, profiles and submissions."""
    return f"{_camel(factor)}s" if factor in MULTIPLE else _camel(factor)


def _fields(name: str) -> set[str]:
    kind = TYPES[name]
    assert isinstance(kind, GraphQLObjectType | GraphQLInputObjectType)
    return set(kind.fields)


def _values(name: str) -> set[str]:
    kind = TYPES[name]
    assert isinstance(kind, GraphQLEnumType)
    return set(kind.values)


def _words(path: str) -> set[str]:
    """The identifiers in a file of the page's source."""
    return set(re.findall(r"\w+", (PAGE / path).read_text(encoding="utf-8")))


def _missing(expected: Iterable[str], found: Iterable[str]) -> list[str]:
    return sorted(set(expected) - set(found))


def test_every_factor_and_measure_is_declared_once() -> None:
    assert list(FACTORS) == list(Factor)
    assert list(MEASURES) == list(Measure)
    assert {*SINGLE, *MULTIPLE} == STORED
    assert all(factor.label and factor.description for factor in FACTORS.values())
    assert all(measure.label and measure.description for measure in MEASURES.values())


def test_every_factor_and_measure_has_a_column() -> None:
    columns = {*STORED, *MEASURES, *REPORTED_COLUMNS}
    assert _missing(columns, salary_record.columns.keys()) == []
    assert _missing(columns, RECORD_SCHEMA.names) == []
    assert {factor for factor in STORED if pa.types.is_list(RECORD_SCHEMA.field(factor.value).type)} == set(MULTIPLE)


def test_every_published_factor_and_amount_is_in_records_and_downloads() -> None:
    published = STORED - UNPUBLISHED
    assert _missing(map(_field, published), _fields("SalaryRecord")) == []
    assert set(PUBLISHED_SINGLE) | set(PUBLISHED_MULTIPLE) == published
    assert _missing(map(_camel, PAY), _fields("Pay")) == []
    assert set(PUBLISHED_PAY) == set(PAY)


def test_every_factor_can_be_filtered_and_grouped_by() -> None:
    filtered = {_camel(factor) for factor in Factor if factor not in (Factor.YEAR, Factor.QUARTER)}
    assert _missing({*filtered, "effective"}, _fields("CohortFilter")) == []
    assert _missing((factor.name for factor in Factor), _values("Factor")) == []
    assert _missing((measure.name for measure in Measure), _values("Measure")) == []


def test_every_factor_of_a_person_is_in_profiles_and_on_their_form() -> None:
    fields = {_field(factor) for factor in STORED - NOT_IN_PROFILES}
    assert _missing(fields, _fields("ProfileInput")) == []
    assert _missing(fields, _words("components/profile.ts")) == []
    assert _missing(STORED - NOT_IN_PROFILES, {factor for factor, _ in MATCH_CRITERIA}) == []


def test_contributors_can_report_every_factor_and_component() -> None:
    scores = {measure for measure, spec in MEASURES.items() if spec.unit is Unit.SCORE_1_TO_5}
    asked = {_field(factor) for factor in STORED - NOT_ASKED} | {_camel(measure) for measure in (*COMPONENTS, *scores)}
    assert _missing(asked, _fields("SalarySubmissionInput")) == []
    assert _missing(asked, _words("pages/contribute/questions.ts")) == []


def test_the_page_lists_every_factor() -> None:
    listed = re.findall(r'factor: "([A-Z_]+)"', (PAGE / "components/conditions.ts").read_text(encoding="utf-8"))
    assert _missing((factor.name for factor in Factor if factor is not Factor.QUARTER), listed) == []


def test_every_closed_factor_has_an_enumeration_and_reference_data() -> None:
    closed = {factor for factor, spec in FACTORS.items() if spec.codes}
    assert set(CLOSED_FACTORS) == closed
    assert _missing((f"{factor}.csv" for factor in FILES), (path.name for path in REFERENCE.iterdir())) == []
    enums = re.findall(
        r'factor: "([A-Z_]+)".*kind: "enums"', (PAGE / "components/conditions.ts").read_text(encoding="utf-8")
    )
    assert set(enums) == {factor.name for factor in closed}


def test_totals_add_up_components_within_their_bounds() -> None:
    for total, components in TOTALS.items():
        assert set(components) <= set(COMPONENTS)
        assert MEASURES[total].high == sum(MEASURES[component].high for component in components)


def test_a_missing_factor_is_found() -> None:
    assert _missing(["level", "shoeSize"], _fields("CohortFilter")) == ["shoeSize"]
