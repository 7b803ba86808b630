"""Costs: the points of each field, declared with its definition, and the cost of an operation computed from them.

A point is about 100 microseconds of a processor. A field costs its own points once, `more` by its arguments, and for each
item of its list `each` and everything selected of the item. A field that reads all records of its cohort, `passes` times,
costs points by their number: the records of the edition that the filter may select, which the groups of a cohort share. So
the cost is known before anything is executed, and depends on the document, the variables and the edition alone. Fields
without a cost return what is in memory already. Tests compare costs with the work that is counted (`service.work`).

`CostAnalysis` walks a document once, before validation. Each fragment is analysed once and counts wherever it is spread, so
the time depends on the length of the document, not on what its fragments expand to. Unknown names cost nothing: validation
reports them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from math import floor
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
    ListValueNode,
    ObjectValueNode,
    OperationDefinitionNode,
    SelectionSetNode,
    ValueNode,
    VariableNode,
    get_named_type,
    is_composite_type,
)
from graphql.utilities import value_from_ast_untyped

from schema.compiled.internals import strawberry_field
from schema.limits.arguments import ByArguments, EditionSize, Length, scan

Variables = Mapping[str, Any]

COST = "cost"
"""The key of a field's metadata that holds its Cost."""
REQUEST = 1
"""Points of any operation, in addition to those of its fields."""


class Cost(NamedTuple):
    """`points` and `more` once, and `times` times `each` with the selection; `more` and `times` may depend on arguments.

    `passes` is how often the field reads all records of its cohort; `selects` is how many records it has at most if it does
    not belong to a cohort. The items of a field that `divides` a cohort share its records.
    """

    points: int = 0
    each: int = 0
    times: Length | int = 1
    more: ByArguments | None = None
    passes: int = 0
    selects: ByArguments | None = None
    divides: bool = False


FREE = Cost()


def costs(points: int, **further: Any) -> dict[str, Cost]:
    """The metadata of a field that has a cost."""
    return {COST: Cost(points, **further)}


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


class Scope(NamedTuple):
    """What the points of a selection depend on: variables, the edition, and the records of the cohort, at most."""

    variables: Variables
    edition: EditionSize
    records: float


@dataclass(slots=True)
class CostExpression:
    """A constant number of points, and terms that depend on the scope, with their multiplicities."""

    fixed: int = 0
    terms: dict["CostTerm", int] = field(default_factory=dict)

    def add(self, other: "CostExpression", times: int = 1) -> None:
        self.fixed += other.fixed * times
        for term, count in other.terms.items():
            self.terms[term] = self.terms.get(term, 0) + count * times

    def points(self, variables: Variables, edition: EditionSize) -> int:
        """The points for these variables and an edition, rounded down."""
        if not self.terms:
            return self.fixed
        return floor(round(self.value(Scope(variables, edition, edition.records), {}), _DIGITS))

    def value(self, scope: Scope, known: dict[tuple["CostTerm", float], float]) -> float:
        """The points in a scope; each term is evaluated once for a number of records, however often it occurs."""
        points: float = self.fixed
        for term, count in self.terms.items():
            key = term, scope.records
            if key not in known:
                known[key] = term.value(scope, known)
            points += count * known[key]
        return points


_DIGITS = 6
"""Decimal places of points before they are rounded down: sums of fractions are inexact."""


@dataclass(frozen=True, slots=True, eq=False)
class CostTerm:
    """A field whose cost depends on variables, the edition or its cohort, and the cost of each item."""

    cost: Cost
    arguments: Mapping[str, ValueNode]
    each: CostExpression

    def value(self, scope: Scope, known: dict[tuple["CostTerm", float], float]) -> float:
        cost, arguments = self.cost, _Arguments(self.arguments, scope)
        records = cost.selects(arguments) if cost.selects else scope.records
        times = _length(cost, arguments)
        own = (cost.more(arguments) if cost.more else 0) + scan(records, cost.passes)
        inside = scope._replace(records=records / max(times, 1) if cost.divides else records)
        return own + times * self.each.value(inside, known) if times else own


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
    cost = stated_cost(definition, name)
    found, item = CostExpression(cost.points), CostExpression(cost.each)
    item.add(selection)
    arguments = {argument.name.value: argument.value for argument in node.arguments or ()}
    if cost.more or cost.passes or cost.selects or (cost.divides and item.terms) or _depends(cost.times, arguments):
        found.terms[CostTerm(cost, arguments, item)] = 1
    else:
        found.add(item, _length(cost, _Arguments(arguments, Scope({}, EditionSize(), 0))))
    return found


def _length(cost: Cost, arguments: "_Arguments") -> int:
    return cost.times if isinstance(cost.times, int) else cost.times(arguments)


def _depends(times: Length | int, arguments: Mapping[str, ValueNode]) -> bool:
    return not isinstance(times, int) and any(map(_has_variable, arguments.values()))


def _has_variable(node: ValueNode) -> bool:
    """Whether a value is a variable, or a list or object with one in it."""
    pending = [node]
    while pending:
        found = pending.pop()
        if isinstance(found, VariableNode):
            return True
        if isinstance(found, ListValueNode):
            pending += found.values
        elif isinstance(found, ObjectValueNode):
            pending += (field.value for field in found.fields)
    return False


class _Arguments(NamedTuple):
    """Arguments that are evaluated when they are read."""

    nodes: Mapping[str, ValueNode]
    scope: Scope

    @property
    def edition(self) -> EditionSize:
        return self.scope.edition

    @property
    def records(self) -> float:
        return self.scope.records

    def get(self, name: str) -> Any:
        node, variables = self.nodes.get(name), self.scope.variables
        if isinstance(node, VariableNode):
            return variables.get(node.name.value)
        return value_from_ast_untyped(node, dict(variables)) if node else None


def stated_cost(definition: GraphQLField, name: str) -> Cost:
    """The cost of a field, which is named as Type.field."""
    if name in _INTROSPECTION:
        return _INTROSPECTION[name]
    found = strawberry_field(definition)
    return found.metadata.get(COST, FREE) if found else FREE
