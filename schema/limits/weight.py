"""Weights: how much a document asks, found in one pass before it is validated or executed.

Each fragment is weighed once and counts wherever it is spread, so a document takes time by its length, not by what its
fragments unfold to. What is unknown weighs nothing; validation says what is wrong with it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLField,
    GraphQLNamedType,
    GraphQLSchema,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities import value_from_ast_untyped
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.limits.cost import COST, FREE, Cost
from schema.limits.points import Part, Points, Variables

REQUEST = 1
"""Points of any operation, beside those of its fields."""

_INTROSPECTION = {
    "Query.__schema": Cost(5),
    "Query.__type": Cost(1),
    "__Schema.types": Cost(0, times=100),
    "__Schema.directives": Cost(0, times=5),
    "__Directive.args": Cost(1, times=2),
    "__Field.args": Cost(0, times=3),
    **{f"__Type.{name}": Cost(1, times=10) for name in ("fields", "inputFields", "enumValues")},
    **{f"__Type.{name}": Cost(1, times=3) for name in ("interfaces", "possibleTypes")},
}
"""Lists by about as many items as they have: one standard introspection fits, what goes round in circles does not."""

_DEEPEST = 100
"""Selections and fragments within each other that are looked into at all."""


@dataclass(slots=True)
class Weight:
    """What a selection asks, with all below it."""

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    cost: Points = field(default_factory=Points)

    def add(self, other: "Weight") -> None:
        """Another selection beside what is weighed already."""
        self.depth = max(self.depth, other.depth)
        self.aliases += other.aliases
        self.directives += other.directives
        self.cost.add(other.cost)


class Scales:
    """Weighs the definitions of one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        parts = (part for part in document.definitions if isinstance(part, FragmentDefinitionNode))
        self._fragments: Mapping[str, FragmentDefinitionNode] = {part.name.value: part for part in parts}
        self._known: dict[str, Weight] = {}
        self.unknown = 0
        """Fields seen so far that their type does not have."""

    def operation(self, node: OperationDefinitionNode) -> Weight:
        found = Weight(directives=len(node.directives or ()), cost=Points(REQUEST))
        found.add(self._selected(node.selection_set, self._schema.get_root_type(node.operation), {}, 0))
        return found

    def fragments(self) -> Iterator[Weight]:
        """Those that are spread nowhere too."""
        return (self._fragment(name, 0) for name in self._fragments)

    def _selected(
        self, among: SelectionSetNode, parent: GraphQLNamedType | None, keys: dict[str, None], level: int
    ) -> Weight:
        found = Weight(depth=_DEEPEST if level > _DEEPEST else 0)
        if level > _DEEPEST:
            return found
        for node in among.selections:
            found.directives += len(node.directives or ())
            if isinstance(node, FieldNode):
                found.add(self._field(node, parent, keys, level))
            elif isinstance(node, InlineFragmentNode):
                type_ = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                found.add(self._selected(node.selection_set, type_, keys, level + 1))
            elif isinstance(node, FragmentSpreadNode):
                found.add(self._fragment(node.name.value, level))
        return found

    def _fragment(self, name: str, level: int) -> Weight:
        if name not in self._known:
            self._known[name] = Weight()  # of one that spreads itself
            node = self._fragments.get(name)
            if node:
                type_ = self._schema.get_type(node.type_condition.name.value)
                found = Weight(directives=len(node.directives or ()))
                found.add(self._selected(node.selection_set, type_, {}, level + 1))
                self._known[name] = found
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, keys: dict[str, None], level: int) -> Weight:
        name = node.name.value
        key = node.alias.value if node.alias else name
        defined = self._schema.get_field(parent, name) if is_composite_type(parent) else None
        type_ = get_named_type(defined.type) if defined else None
        self.unknown += parent is not None and defined is None
        below = self._selected(node.selection_set, type_, {}, level + 1) if node.selection_set else Weight()
        below.depth = 0 if _introspects(name, parent) else below.depth + 1
        below.aliases += bool(node.alias or key in keys)
        keys[key] = None
        if defined and parent:
            below.cost = _cost(node, defined, f"{parent.name}.{name}", below.cost)
        return below


def _introspects(name: str, parent: GraphQLNamedType | None) -> bool:
    return name in ("__schema", "__type") or (parent is not None and parent.name.startswith("__"))


def _cost(node: FieldNode, defined: GraphQLField, name: str, below: Points) -> Points:
    points, each, times = _stated(defined, name)
    found, item = Points(points), Points(each)
    item.add(below)
    if isinstance(times, int):
        found.add(item, times)
        return found
    given = {argument.name.value: argument.value for argument in node.arguments or ()}

    def length(variables: Variables) -> int:
        return times(_Given(given, variables))

    if any(isinstance(value, VariableNode) for value in given.values()):
        found.parts[Part(length, item)] = 1
    else:
        found.add(item, length({}))
    return found


class _Given(NamedTuple):
    """Arguments that are read when they are asked for."""

    nodes: Mapping[str, ValueNode]
    variables: Variables

    def get(self, name: str) -> Any:
        node = self.nodes.get(name)
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value)
        return value_from_ast_untyped(node) if node else None


def _stated(defined: GraphQLField, name: str) -> Cost:
    if name in _INTROSPECTION:
        return _INTROSPECTION[name]
    asked = defined.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return asked.metadata.get(COST, FREE) if asked else FREE
