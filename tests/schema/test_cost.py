"""Cost analysis against an oracle, which expands every fragment where it is spread and counts field by field."""

from math import floor
from typing import Any

import pytest
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    InlineFragmentNode,
    OperationDefinitionNode,
    get_named_type,
    parse,
)
from graphql.utilities import value_from_ast_untyped
from hypothesis import HealthCheck, Phase, example, given, settings
from support.query_strategies import queries

from schema.compiled.internals import core_schema
from schema.limits.arguments import ArgumentValues, EditionSize
from schema.limits.cost import REQUEST, CostAnalysis, stated_cost
from schema.schema import build_schema
from service.vocabulary.factors import Factor

CORE = core_schema(build_schema())
_NUMBERS = {factor: 200 * number for number, factor in enumerate(Factor, 1)}
EDITION = EditionSize(1_000_000, _NUMBERS, _NUMBERS, _NUMBERS, lambda pair: None if pair[1] == "nonsense" else 90_000)
DOUBLED = (
    "query ($n: Int = 3) { cohort { ...f ...f by(factor: METRO, first: $n) { ...g ...g } } } "
    "fragment f on Cohort { a: stats { p50 } by(factor: LEVEL, first: $n) { ...g cohort { ...h } } } "
    "fragment g on CohortGroup { cohort { ...h again: size } } "
    "fragment h on Cohort { records(first: $n) { nodes { id } } }"
)


class Expanded:
    """The cost, depth and aliases of a document's only operation, by walking everything that it expands to.

    `aliases_once` has each field of the document, by its node, and whether it is an alias.
    """

    def __init__(self, text: str, variables: dict[str, Any]) -> None:
        document = parse(text)
        self.fragments = {d.name.value: d for d in document.definitions if isinstance(d, FragmentDefinitionNode)}
        [operation] = [d for d in document.definitions if isinstance(d, OperationDefinitionNode)]
        defaults = {
            d.variable.name.value: value_from_ast_untyped(d.default_value)
            for d in operation.variable_definitions or ()
            if d.default_value
        }
        self.variables = {**defaults, **variables}
        self.aliases = self.depth = 0
        self.aliases_once: dict[int, bool] = {}
        points = REQUEST + self.walk(operation.selection_set, CORE.query_type, 1, EDITION.records)
        self.cost = floor(round(points, 6))

    def walk(self, selection_set: Any, parent: Any, depth: int, records: float, keys: set[str] | None = None) -> float:
        keys = set() if keys is None else keys
        return sum(self.one(node, parent, depth, records, keys) for node in selection_set.selections)

    def one(self, node: Any, parent: Any, depth: int, records: float, keys: set[str]) -> float:
        if isinstance(node, FieldNode):
            return self.field(node, parent, depth, records, keys)
        if isinstance(node, InlineFragmentNode):
            type_ = CORE.type_map[node.type_condition.name.value] if node.type_condition else parent
            return self.walk(node.selection_set, type_, depth, records, keys)
        spread = self.fragments[node.name.value]
        return self.walk(spread.selection_set, CORE.type_map[spread.type_condition.name.value], depth, records)

    def field(self, node: FieldNode, parent: Any, depth: int, records: float, keys: set[str]) -> float:
        key = node.alias.value if node.alias else node.name.value
        self.aliases += bool(node.alias) or key in keys
        self.aliases_once[id(node)] = bool(node.alias) or key in keys
        keys.add(key)
        self.depth = max(self.depth, depth)
        definition = parent.fields.get(node.name.value)
        if definition is None:  # __typename
            return 0
        cost = stated_cost(definition, f"{parent.name}.{node.name.value}")
        given = {a.name.value: value_from_ast_untyped(a.value, self.variables) for a in node.arguments or ()}
        arguments = ArgumentValues(given, EDITION, records)
        times = cost.times if isinstance(cost.times, int) else cost.times(arguments)
        records = cost.selects(arguments) if cost.selects else records
        own = cost.points + cost.passes * min(records / 20_000, 100) + (cost.more(arguments) if cost.more else 0)
        shared = records / max(times, 1) if cost.divides else records
        type_ = get_named_type(definition.type)
        selection = self.walk(node.selection_set, type_, depth + 1, shared) if node.selection_set else 0
        return own + times * (cost.each + selection)


@pytest.mark.slow
@settings(
    max_examples=300, phases=(Phase.explicit, Phase.reuse, Phase.generate), suppress_health_check=[HealthCheck.too_slow]
)
@given(query=queries(CORE, ()))
@example((DOUBLED, {}))
@example((DOUBLED, {"n": 7}))
@example((DOUBLED, {"n": None}))
def test_complexity_equals_that_of_the_expanded_document(query: tuple[str, dict[str, Any]]) -> None:
    text, variables = query
    expected, document = Expanded(text, variables), parse(text)
    analysis = CostAnalysis(CORE, document)
    [found] = [analysis.operation(d) for d in document.definitions if isinstance(d, OperationDefinitionNode)]
    assert found.cost.points(expected.variables, EDITION) == expected.cost
    assert (found.depth, found.expanded_aliases) == (expected.depth, expected.aliases)
    assert found.aliases == sum(expected.aliases_once.values())
