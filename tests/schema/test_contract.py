"""The committed SDL: current, described, and consistent with the registries of factors and measures."""

import pytest
from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLObjectType,
    GraphQLScalarType,
    build_schema,
    introspection_from_schema,
    parse,
    validate,
)
from support.queries import QUERIES, camel_case, query

from schema.compiled.internals import core_schema
from schema.schema import SDL, sdl
from schema.schema import build_schema as build_api
from schema.types.enums import CLOSED_FACTORS
from service.market.profile import MULTI_VALUED, SINGLE_VALUED
from service.vocabulary.factors import FACTORS, MULTIPLE, SINGLE, Factor
from service.vocabulary.measures import MEASURES, Measure, Unit

COMMITTED = build_schema(SDL.read_text())
UNPUBLISHED = {Factor.COMPETING_OFFERS}
"""Factors that no single record shows."""


def fields_of(type_: str) -> set[str]:
    found = COMMITTED.type_map[type_]
    assert isinstance(found, GraphQLObjectType | GraphQLInputObjectType)
    return set(found.fields)


def values_of(enum: str) -> set[str]:
    found = COMMITTED.type_map[enum]
    assert isinstance(found, GraphQLEnumType)
    return set(found.values)


def test_the_committed_sdl_is_current() -> None:
    assert SDL.read_text() == sdl(), "run `make sdl`"


def test_everything_has_a_description() -> None:
    bare = []
    for name, kind in COMMITTED.type_map.items():
        if name.startswith("__") or name in ("String", "Int", "Float", "Boolean", "ID"):
            continue
        parts = {name: kind}
        parts |= {f"{name}.{value}": spec for value, spec in getattr(kind, "values", {}).items()}
        for field, spec in getattr(kind, "fields", {}).items():
            parts[f"{name}.{field}"] = spec
            parts |= {f"{name}.{field}({argument}:)": given for argument, given in getattr(spec, "args", {}).items()}
        bare += [label for label, part in parts.items() if not part.description]
    assert bare == []


@pytest.mark.parametrize("name", sorted(path.stem for path in QUERIES.glob("*.graphql")))
def test_query_files_are_valid(name: str) -> None:
    assert validate(COMMITTED, parse(query(name))) == []


def test_closed_factors_have_an_enumeration_of_their_codes() -> None:
    enums = {factor: tuple(enum) for factor, enum in CLOSED_FACTORS.items()}
    assert enums == {spec.factor: spec.codes for spec in FACTORS.values() if spec.codes}


def test_factors_and_measures_are_enumerations() -> None:
    assert values_of("Factor") == {factor.name for factor in Factor}
    assert values_of("Measure") == {measure.name for measure in Measure}


def test_every_factor_can_be_filtered() -> None:
    periods = {Factor.YEAR, Factor.QUARTER}
    assert fields_of("CohortFilter") == {camel_case(factor) for factor in Factor if factor not in periods} | {
        *("effective", "match", "missing")
    }


def test_factors_with_several_values_are_filtered_as_sets() -> None:
    found = COMMITTED.type_map["CohortFilter"]
    assert isinstance(found, GraphQLInputObjectType)
    assert {name for name, field in found.fields.items() if str(field.type) == "SetFilter"} == set(map(camel_case, MULTIPLE))


def test_records_show_every_published_factor_and_measure_of_pay() -> None:
    one = {camel_case(factor) for factor in SINGLE if factor not in UNPUBLISHED}
    many = {f"{camel_case(factor)}s" for factor in MULTIPLE}
    assert fields_of("SalaryRecord") == one | many | {"id", "pay", "effective", "experienceBand"}
    pay = {camel_case(spec.measure) for spec in MEASURES.values() if spec.unit is Unit.MONEY_PER_YEAR}
    assert fields_of("Pay") == pay | {"currency", "reported"}


def test_profiles_have_every_factor_to_compare_by() -> None:
    one, many = set(map(camel_case, SINGLE_VALUED)), {f"{camel_case(factor)}s" for factor in MULTI_VALUED}
    assert fields_of("ProfileInput") == one | many | {"experience"}


def test_introspection_has_only_directive_locations_that_older_clients_know() -> None:
    """graphql-core 3.2 before 3.2.11 fails to read the location DIRECTIVE_DEFINITION."""
    introspection = introspection_from_schema(core_schema(build_api()))["__schema"]
    locations = {location for directive in introspection["directives"] for location in directive["locations"]}
    assert {directive["name"] for directive in introspection["directives"]} >= {"include", "skip", "deprecated", "oneOf"}
    assert locations == {
        *("FIELD", "FRAGMENT_SPREAD", "INLINE_FRAGMENT", "SCALAR", "INPUT_OBJECT"),
        *("FIELD_DEFINITION", "ARGUMENT_DEFINITION", "INPUT_FIELD_DEFINITION", "ENUM_VALUE"),
    }


def test_own_scalars_have_a_specification() -> None:
    scalars = {name: kind for name, kind in COMMITTED.type_map.items() if isinstance(kind, GraphQLScalarType)}
    specified = {name for name, kind in scalars.items() if (kind.specified_by_url or "").startswith("https://")}
    assert specified == {"Code", "Currency", "Month", "DateTime"}
    assert scalars.keys() - specified <= {"String", "Int", "Float", "Boolean", "ID"}
