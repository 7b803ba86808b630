"""Costs: the points of each field, declared with its definition, and the cost of an operation computed from them.

A point is about the time that the statistics of one small cohort take. A field costs its own points once, and for each item
of its list `each` and everything selected of the item. Fields without a cost return what is in memory already.

`CostAnalysis` walks a document once, before validation. Each fragment is analysed once and counts wherever it is spread, so
the time depends on the length of the document, not on what its fragments expand to. Unknown names cost nothing: validation
reports them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol

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

from schema.compiled.internals import strawberry_field
from service.vocabulary.factors import FACTORS, Factor

Variables = Mapping[str, Any]

COST = "cost"
"""The key of a field's metadata that holds its Cost."""
REQUEST = 1
"""Points of any operation, in addition to those of its fields."""


class Arguments(Protocol):
    """The arguments of a field by name: enum values as their names, variables as their values."""

    def get(self, name: str, /) -> Any: ...


class Cost(NamedTuple):
    """`points` once, and `times` times `each` with the selection; `times` may depend on the arguments."""

    points: int = 0
    each: int = 0
    times: Callable[[Arguments], int] | int = 1


FREE = Cost()


def costs(points: int, *, each: int = 0, times: Callable[[Arguments], int] | int = 1) -> dict[str, Cost]:
    """The metadata of a field that has a cost."""
    return {COST: Cost(points, each, times)}


def page(default: int, maximum: int) -> Callable[[Arguments], int]:
    """The size of a page by its arguments `first` or `last`.

    >>> size = page(50, 100)
    >>> size({}), size({"first": 3}), size({"last": 10**30}), size({"first": None}), size({"first": "x"})
    (50, 3, 100, 50, 50)
    """

    def times(arguments: Arguments) -> int:
        sizes = [value for name in ("first", "last") if (value := arguments.get(name)).__class__ is int]
        return min(max(0, *sizes), maximum) if sizes else default

    return times


def items(name: str, maximum: int) -> Callable[[Arguments], int]:
    """The length of a list argument.

    >>> items("offers", 5)({"offers": [1, 2]}), items("offers", 5)({"offers": "one"}), items("offers", 5)({})
    (2, 1, 0)
    """

    def times(arguments: Arguments) -> int:
        value = arguments.get(name)
        return min(len(value), maximum) if isinstance(value, list) else int(value is not None)

    return times


def groups(default: int, maximum: int) -> Callable[[Arguments], int]:
    """The size of a page of groups; at most the values of a closed factor and the group of records without one.

    >>> count = groups(50, 500)
    >>> count({"factor": "METRO"}), count({"factor": "WORK_MODE"}), count({"factor": "METRO", "first": 3})
    (50, 4, 3)
    """
    page_size = page(default, maximum)

    def times(arguments: Arguments) -> int:
        closed = _CLOSED.get(str(arguments.get("factor")))
        return min(page_size(arguments), closed) if closed else page_size(arguments)

    return times


def periods(arguments: Arguments) -> int:
    """The periods of about ten years.

    >>> periods({"interval": "YEAR"}), periods({})
    (10, 40)
    """
    return 10 if arguments.get("interval") == "YEAR" else 40


_CLOSED = {factor.name: len(FACTORS[factor].codes) + 1 for factor in Factor if FACTORS[factor].codes}

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
"""The typical lengths of lists: the standard introspection query is within the limit, recursive introspection is not."""


@dataclass(slots=True)
class CostExpression:
    """A constant number of points, and terms that depend on variables, with their multiplicities."""

    fixed: int = 0
    terms: dict["CostTerm", int] = field(default_factory=dict)

    def add(self, other: "CostExpression", times: int = 1) -> None:
        self.fixed += other.fixed * times
        for term, count in other.terms.items():
            self.terms[term] = self.terms.get(term, 0) + count * times

    def value(self, variables: Variables) -> int:
        """The points for these variables; each term is evaluated once however often it occurs."""
        return self._value(variables, {}) if self.terms else self.fixed

    def _value(self, variables: Variables, known: dict["CostTerm", int]) -> int:
        points = self.fixed
        for term, count in self.terms.items():
            if term not in known:
                known[term] = term.times(variables) * term.each._value(variables, known)
            points += count * known[term]
        return points


@dataclass(frozen=True, slots=True, eq=False)
class CostTerm:
    """A list whose length depends on a variable, and the cost of each item."""

    times: Callable[[Variables], int]
    each: CostExpression


@dataclass(slots=True)
class Complexity:
    """The figures of a selection and everything below it that are limited.

    `aliases` and `directives` are its own; those of `fragments`, which are spread in it at any depth, count once. In the
    `expanded` ones they count wherever they are spread.
    """

    depth: int = 0
    aliases: int = 0
    directives: int = 0
    expanded_aliases: int = 0
    expanded_directives: int = 0
    cost: CostExpression = field(default_factory=CostExpression)
    fragments: set[str] = field(default_factory=set)

    def add(self, other: "Complexity") -> None:
        """Adds a sibling selection."""
        self.aliases += other.aliases
        self.directives += other.directives
        self.add_spread(other)

    def add_alias(self) -> None:
        self.aliases += 1
        self.expanded_aliases += 1

    def add_directives(self, count: int) -> None:
        self.directives += count
        self.expanded_directives += count

    def add_spread(self, fragment: "Complexity") -> None:
        """Adds a fragment where it is spread."""
        self.depth = max(self.depth, fragment.depth)
        self.expanded_aliases += fragment.expanded_aliases
        self.expanded_directives += fragment.expanded_directives
        self.cost.add(fragment.cost)
        self.fragments |= fragment.fragments


_MAX_NESTING = 100
"""Selections and fragments nested deeper are not walked; their depth counts as this."""


class CostAnalysis:
    """The complexity of the operations and fragments of one document."""

    def __init__(self, schema: GraphQLSchema, document: DocumentNode) -> None:
        self._schema = schema
        fragments = (node for node in document.definitions if isinstance(node, FragmentDefinitionNode))
        self._fragments: Mapping[str, FragmentDefinitionNode] = {node.name.value: node for node in fragments}
        self._known: dict[str, Complexity] = {}
        self.unknown_fields = 0
        """Fields found so far that their type does not have."""

    def operation(self, node: OperationDefinitionNode) -> Complexity:
        found = Complexity(cost=CostExpression(REQUEST))
        found.add_directives(len(node.directives or ()))
        found.add(self._selection(node.selection_set, self._schema.get_root_type(node.operation), {}, 0))
        return self._with_fragments(found)

    def fragments(self) -> Iterator[Complexity]:
        """All fragments, including unused ones."""
        return (self._with_fragments(self._fragment(name, 0)) for name in self._fragments)

    def _with_fragments(self, found: Complexity) -> Complexity:
        """The complexity with the aliases and directives of all fragments that are spread in it."""
        parts = [found, *(self._known[name] for name in found.fragments)]
        aliases, directives = sum(part.aliases for part in parts), sum(part.directives for part in parts)
        return replace(found, aliases=aliases, directives=directives)

    def _selection(
        self, selection_set: SelectionSetNode, parent: GraphQLNamedType | None, keys: dict[str, None], level: int
    ) -> Complexity:
        found = Complexity(depth=_MAX_NESTING if level > _MAX_NESTING else 0)
        if level > _MAX_NESTING:
            return found
        for node in selection_set.selections:
            found.add_directives(len(node.directives or ()))
            if isinstance(node, FieldNode):
                found.add(self._field(node, parent, keys, level))
            elif isinstance(node, InlineFragmentNode):
                type_ = self._schema.get_type(node.type_condition.name.value) if node.type_condition else parent
                found.add(self._selection(node.selection_set, type_, keys, level + 1))
            elif isinstance(node, FragmentSpreadNode):
                found.add_spread(self._fragment(node.name.value, level))
                found.fragments.add(node.name.value)
        return found

    def _fragment(self, name: str, level: int) -> Complexity:
        if name not in self._known:
            self._known[name] = Complexity()  # if it spreads itself
            node = self._fragments.get(name)
            if node:
                type_ = self._schema.get_type(node.type_condition.name.value)
                found = Complexity()
                found.add_directives(len(node.directives or ()))
                found.add(self._selection(node.selection_set, type_, {}, level + 1))
                self._known[name] = found
        return self._known[name]

    def _field(self, node: FieldNode, parent: GraphQLNamedType | None, keys: dict[str, None], level: int) -> Complexity:
        name = node.name.value
        key = node.alias.value if node.alias else name
        definition = self._schema.get_field(parent, name) if is_composite_type(parent) else None
        type_ = get_named_type(definition.type) if definition else None
        self.unknown_fields += parent is not None and definition is None
        found = self._selection(node.selection_set, type_, {}, level + 1) if node.selection_set else Complexity()
        found.depth = 0 if _is_introspection(name, parent) else found.depth + 1
        if node.alias or key in keys:
            found.add_alias()
        keys[key] = None
        if definition and parent:
            found.cost = _field_cost(node, definition, f"{parent.name}.{name}", found.cost)
        return found


def _is_introspection(name: str, parent: GraphQLNamedType | None) -> bool:
    return name in ("__schema", "__type") or (parent is not None and parent.name.startswith("__"))


def _field_cost(node: FieldNode, definition: GraphQLField, name: str, selection: CostExpression) -> CostExpression:
    points, each, times = stated_cost(definition, name)
    found, item = CostExpression(points), CostExpression(each)
    item.add(selection)
    if isinstance(times, int):
        found.add(item, times)
        return found
    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}

    def length(variables: Variables) -> int:
        return times(_Arguments(nodes, variables))

    if any(isinstance(value, VariableNode) for value in nodes.values()):
        found.terms[CostTerm(length, item)] = 1
    else:
        found.add(item, length({}))
    return found


class _Arguments(NamedTuple):
    """Arguments that are evaluated when they are read."""

    nodes: Mapping[str, ValueNode]
    variables: Variables

    def get(self, name: str) -> Any:
        node = self.nodes.get(name)
        if isinstance(node, VariableNode):
            return self.variables.get(node.name.value)
        return value_from_ast_untyped(node) if node else None


def stated_cost(definition: GraphQLField, name: str) -> Cost:
    """The cost of a field, which is named as Type.field."""
    if name in _INTROSPECTION:
        return _INTROSPECTION[name]
    found = strawberry_field(definition)
    return found.metadata.get(COST, FREE) if found else FREE
