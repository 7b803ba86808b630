"""The contract: committed, described, and in step with the registries."""

from pathlib import Path

import pytest
from graphql import GraphQLEnumType, GraphQLInputObjectType, build_schema

from schema.schema import SDL, sdl
from schema.types import enums
from service.vocabulary import factors
from service.vocabulary.factors import FACTORS, Factor, Storage

COMMITTED = build_schema(SDL.read_text())
LOOSER = {"PremiumTable": {"baseline", "rSquared"}}
"""Null where a factor has several values, and where nothing could be fitted."""


def test_the_committed_sdl_is_current():
    assert SDL.read_text() == sdl(), "run `make sdl`"


def test_everything_is_described():
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


@pytest.mark.parametrize(
    ("enum", "codes"),
    [
        (enums.Level, factors.LEVELS),
        (enums.WorkMode, factors.WORK_MODES),
        (enums.EmploymentType, factors.EMPLOYMENT_TYPES),
        (enums.EmployerSize, factors.EMPLOYER_SIZES),
        (enums.EmployerType, factors.EMPLOYER_TYPES),
        (enums.EducationLevel, factors.EDUCATION_LEVELS),
        (enums.SourceKind, factors.SOURCE_KINDS),
    ],
)
def test_enumerations_are_the_closed_factors(enum, codes):
    assert tuple(enum) == codes


def test_every_factor_can_be_grouped_by_and_filtered_on():
    grouped = COMMITTED.type_map["Factor"]
    assert isinstance(grouped, GraphQLEnumType)
    assert set(grouped.values) == {factor.name for factor in Factor}
    filtered = COMMITTED.type_map["CohortFilter"]
    assert isinstance(filtered, GraphQLInputObjectType)
    by_period = {Factor.YEAR, Factor.QUARTER}
    names = {_camel(factor) for factor in Factor if factor not in by_period} | {"effective"}
    assert set(filtered.fields) == names


def test_lists_of_values_are_filtered_as_sets():
    fields = COMMITTED.type_map["CohortFilter"].fields
    sets = {name for name, field in fields.items() if str(field.type) == "SetFilter"}
    assert sets == {_camel(spec.factor) for spec in FACTORS.values() if spec.storage is Storage.MANY}


def test_nothing_is_missing_from_the_design():
    """The design's schema beside the project, where it is there: its types, field by field."""
    path = Path(__file__).resolve().parents[2].parent / "shared" / "design" / "schema.graphql"
    if not path.is_file():
        pytest.skip("the design is not here")
    design = build_schema(path.read_text())
    for name in (name for name, kind in design.type_map.items() if hasattr(kind, "fields") and not name.startswith("__")):
        ours = COMMITTED.type_map[name].fields
        missing = {
            field
            for field, spec in design.type_map[name].fields.items()
            if field not in ours or str(ours[field].type) != str(spec.type)
        }
        assert missing == LOOSER.get(name, set()), name


def _camel(factor: Factor) -> str:
    head, *tail = factor.value.split("_")
    return head + "".join(part.title() for part in tail)
