"""Operations: one operation of a valid document, with its cost and its compiled plan."""

from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Coroutine, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLScalarType,
    GraphQLString,
    InlineFragmentNode,
    OperationDefinitionNode,
    SelectionSetNode,
    Visitor,
    visit,
)
from graphql.utilities import value_from_ast_untyped
from strawberry.types.graphql import OperationType

from schema.compiled.arguments import ArgumentConverters, InputTypes, NotCompilable, variables_coercion
from schema.compiled.completion import (
    Completion,
    Field,
    async_object,
    complete_fields,
    enum,
    list_of,
    nullable,
    scalar,
    sync_object,
)
from schema.compiled.fields import Call, ResponsePath, Run, compile_call
from schema.compiled.internals import core_schema, is_awaitable, python_class
from schema.limits.arguments import EditionSize
from schema.limits.cost import CostExpression
from service.time_slices import pause
from service.work import Work, count

UNCACHEABLE_FIELDS = frozenset(
    {"submission", "reviewQueue", "employerCandidates", "estimatePay", "nextRelease", "dataLoading"}
)
"""Fields whose value depends on the client or on the time: an estimate may come from the previous edition's model."""

Nodes = list[FieldNode]


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation."""

    coerce: Callable[[Mapping[str, Any]], dict[str, Any]]
    fields: tuple[Field, ...]

    def execute(self, run: Run, variables: Mapping[str, Any]) -> Awaitable[dict[str, Any]]:
        """The data of the response. Raises any exception if graphql-core has to execute the operation."""
        run.variables = self.coerce(variables)
        return complete_fields(self.fields, None, run, None)


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document."""

    schema: strawberry.Schema
    document: DocumentNode
    node: OperationDefinitionNode
    cost_expression: CostExpression

    def cost(self, variables: Mapping[str, Any], size: Callable[[], EditionSize]) -> int:
        """Points with the variables of a request, of an edition of this size."""
        expression = self.cost_expression
        return expression.points({**self._defaults, **variables}, size()) if expression.terms else expression.fixed

    @cached_property
    def _defaults(self) -> Mapping[str, Any]:
        return {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in self.node.variable_definitions or ()
            if definition.default_value
        }

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @cached_property
    def kind(self) -> OperationType:
        return OperationType(self.node.operation.value)

    @cached_property
    def is_cacheable(self) -> bool:
        """Whether the response depends on the edition alone: a query without any of UNCACHEABLE_FIELDS."""
        search = _UncacheableFieldSearch()
        visit(self.document, search)
        return self.kind is OperationType.QUERY and not search.found

    @cached_property
    def plan(self) -> Plan | None:
        """None for what graphql-core executes: subscriptions, introspection, directives."""
        core = core_schema(self.schema)
        root = core.get_root_type(self.node.operation)
        if root is None or self.kind is OperationType.SUBSCRIPTION or self.node.directives:
            return None
        fragments = {d.name.value: d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode)}
        try:
            fields = _SelectionCompiler(self.schema, fragments).fields(root, [self.node.selection_set])
            return Plan(variables_coercion(core, InputTypes(), self.node.variable_definitions), fields)
        except NotCompilable:
            return None


class _UncacheableFieldSearch(Visitor):
    found = False

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.found = self.found or node.name.value in UNCACHEABLE_FIELDS


class _SelectionCompiler:
    """Compiles the selections of one document. Raises NotCompilable for what graphql-core has to execute."""

    def __init__(self, schema: strawberry.Schema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._core, self._fragments, self._converters = core_schema(schema), fragments, ArgumentConverters(schema)

    def fields(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> tuple[Field, ...]:
        """The fields that selection sets select of an object, in the order of the response."""
        by_key: dict[str, Nodes] = {}
        visited: set[str] = set()
        for node in (node for selection_set in sets for node in self._collect(type_, selection_set, visited)):
            by_key.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return tuple(self._field(type_, key, nodes) for key, nodes in by_key.items())

    def _collect(self, type_: GraphQLObjectType, selection_set: SelectionSetNode, visited: set[str]) -> Iterator[FieldNode]:
        for node in selection_set.selections:
            if node.directives:
                raise NotCompilable
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._collect_fragment(type_, node, visited)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in visited:
                visited.add(node.name.value)
                yield from self._collect_fragment(type_, self._fragments[node.name.value], visited)

    def _collect_fragment(
        self, type_: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode, visited: set[str]
    ) -> Iterator[FieldNode]:
        condition = self._core.type_map[fragment.type_condition.name.value] if fragment.type_condition else type_
        if condition is type_ or (isinstance(condition, GraphQLInterfaceType) and self._core.is_sub_type(condition, type_)):
            yield from self._collect(type_, fragment.selection_set, visited)

    def _field(self, type_: GraphQLObjectType, key: str, nodes: Nodes) -> Field:
        name = nodes[0].name.value
        if name == "__typename":
            return Field(key, Call(lambda _: lambda _: type_.name), scalar(GraphQLString, False))
        if name.startswith("__"):
            raise NotCompilable
        definition = type_.fields[name]
        call = compile_call(self._converters, definition, nodes[0])
        return Field(key, call, self._completion(definition.type, nodes))

    def _completion(self, type_: Any, nodes: Nodes) -> Completion:
        """The completion of a value, which raises if it is null where it must not be: None has no fields and no name."""
        is_nullable = not isinstance(type_, GraphQLNonNull)
        inner = type_ if is_nullable else type_.of_type
        if isinstance(inner, GraphQLEnumType):
            return enum(inner, is_nullable)
        if isinstance(inner, GraphQLScalarType):
            return scalar(inner, is_nullable)
        return nullable(self._composite(inner, nodes)) if is_nullable else self._composite(inner, nodes)

    def _composite(self, type_: Any, nodes: Nodes) -> Completion:
        if isinstance(type_, GraphQLList):
            return list_of(self._completion(type_.of_type, nodes))
        if isinstance(type_, GraphQLInterfaceType):
            return self._object(self._core.get_possible_types(type_), nodes)
        if isinstance(type_, GraphQLObjectType):
            return self._object([type_], nodes)
        raise NotCompilable  # a union

    def _object(self, types: Iterable[GraphQLObjectType], nodes: Nodes) -> Completion:
        """An object of one of several types, which its class identifies."""
        sets = [node.selection_set for node in nodes if node.selection_set]
        by_class = {python_class(type_): self.fields(type_, sets) for type_ in types}
        is_async = any(field.is_async for fields in by_class.values() for field in fields)
        return async_object(by_class) if is_async else sync_object(by_class)


def replay_middleware(run: Run) -> Callable[..., Any]:
    """Middleware for graphql-core that returns the recorded outcomes of a run, so that no resolver runs twice.

    A mutation must not write twice, and a query need not wait twice.
    """
    outcomes = {_keys(path): (value, error) for path, value, error in run.outcomes}

    def resolve(next_: Callable[..., Any], parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        path = tuple(info.path.as_list())
        if path not in outcomes:
            return next_(parent, info, **arguments)
        value, error = outcomes[path]
        if error:
            raise error
        return value

    return resolve


def _keys(path: ResponsePath) -> tuple[str | int, ...]:
    """
    >>> _keys((((None, "nodes"), 2), "label"))
    ('nodes', 2, 'label')
    """
    return () if path is None else (*_keys(path[0]), path[1])


_MIN_PAUSING_ITEMS = 10
"""Items of a list from which on graphql-core gets it as an asynchronous iterable."""


def pausing_middleware(next_: Callable[..., Any], parent: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
    """Middleware for graphql-core that pauses an operation which has computed for long: before and after an asynchronous
    resolver, and between the objects of a list."""
    value = next_(parent, info, **arguments)
    return _pausing_result(value) if is_awaitable(value) else _pausing_list(value)


async def _pausing_result(value: Awaitable[Any]) -> Any:
    try:
        await pause()
    except BaseException:
        if isinstance(value, Coroutine):
            value.close()  # or Python warns that it was never awaited
        raise
    count(Work.FIELDS)
    found = await value
    await pause()
    return _pausing_list(found)


def _pausing_list(value: Any) -> Any:
    if isinstance(value, str | Mapping) or not isinstance(value, Collection) or len(value) < _MIN_PAUSING_ITEMS:
        return value
    return value if isinstance(next(iter(value)), str | int | float) else _pausing_items(value)


async def _pausing_items(values: Collection[Any]) -> AsyncIterator[Any]:
    for value in values:
        await pause()
        yield value
