"""Cost analysis against an oracle, which expands every fragment where it is spread and counts field by field."""

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
from schema.limits.cost import REQUEST, CostAnalysis, stated_cost
from schema.schema import build_schema

CORE = core_schema(build_schema())
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
        self.cost = REQUEST + self.walk(operation.selection_set, CORE.query_type, 1)

    def walk(self, selection_set: Any, parent: Any, depth: int, keys: set[str] | None = None) -> int:
        keys = set() if keys is None else keys
        return sum(self.one(node, parent, depth, keys) for node in selection_set.selections)

    def one(self, node: Any, parent: Any, depth: int, keys: set[str]) -> int:
        if isinstance(node, FieldNode):
            return self.field(node, parent, depth, keys)
        if isinstance(node, InlineFragmentNode):
            type_ = CORE.type_map[node.type_condition.name.value] if node.type_condition else parent
            return self.walk(node.selection_set, type_, depth, keys)
        spread = self.fragments[node.name.value]
        return self.walk(spread.selection_set, CORE.type_map[spread.type_condition.name.value], depth)

    def field(self, node: FieldNode, parent: Any, depth: int, keys: set[str]) -> int:
        key = node.alias.value if node.alias else node.name.value
        self.aliases += bool(node.alias) or key in keys
        self.aliases_once[id(node)] = bool(node.alias) or key in keys
        keys.add(key)
        self.depth = max(self.depth, depth)
        definition = parent.fields.get(node.name.value)
        if definition is None:  # __typename
            return 0
        cost = stated_cost(definition, f"{parent.name}.{node.name.value}")
        selection = self.walk(node.selection_set, get_named_type(definition.type), depth + 1) if node.selection_set else 0
        arguments = {a.name.value: value_from_ast_untyped(a.value, self.variables) for a in node.arguments or ()}
        times = cost.times if isinstance(cost.times, int) else cost.times(arguments)
        return int(cost.points + times * (cost.each + selection))


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
    assert found.cost.value(expected.variables) == expected.cost
    assert (found.depth, found.expanded_aliases) == (expected.depth, expected.aliases)
    assert found.aliases == sum(expected.aliases_once.values())
