"""Selections: what is asked of a value, compiled into functions that make JSON of it."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLEnumType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLString,
    InlineFragmentNode,
    SelectionSetNode,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.compiled.call import Call, call_of
from schema.compiled.coercion import Unfit
from schema.compiled.completion import Completion, Field, deep, list_of, or_null, shallow
from schema.compiled.conversion import Conversion
from schema.compiled.leaf import enum, scalar

Nodes = list[FieldNode]


class Selections:
    """Compiles the selections of one document; raises Unfit for what graphql-core is to execute."""

    def __init__(self, schema: strawberry.Schema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._core, self._fragments, self._conversion = schema._schema, fragments, Conversion(schema)

    def fields(self, type_: GraphQLObjectType, sets: Iterable[SelectionSetNode]) -> tuple[Field, ...]:
        """All that some selection sets ask of an object, in the order of the answer."""
        collected: dict[str, Nodes] = {}
        seen: set[str] = set()
        for node in (node for selection in sets for node in self._collected(type_, selection, seen)):
            collected.setdefault(node.alias.value if node.alias else node.name.value, []).append(node)
        return tuple(self._field(type_, key, nodes) for key, nodes in collected.items())

    def _collected(self, type_: GraphQLObjectType, among: SelectionSetNode, seen: set[str]) -> Iterator[FieldNode]:
        for node in among.selections:
            if node.directives:
                raise Unfit
            if isinstance(node, FieldNode):
                yield node
            elif isinstance(node, InlineFragmentNode):
                yield from self._of_fragment(type_, node, seen)
            elif isinstance(node, FragmentSpreadNode) and node.name.value not in seen:
                seen.add(node.name.value)
                yield from self._of_fragment(type_, self._fragments[node.name.value], seen)

    def _of_fragment(
        self, type_: GraphQLObjectType, fragment: InlineFragmentNode | FragmentDefinitionNode, seen: set[str]
    ) -> Iterator[FieldNode]:
        wanted = self._core.type_map[fragment.type_condition.name.value] if fragment.type_condition else type_
        if wanted is type_ or (isinstance(wanted, GraphQLInterfaceType) and self._core.is_sub_type(wanted, type_)):
            yield from self._collected(type_, fragment.selection_set, seen)

    def _field(self, type_: GraphQLObjectType, key: str, nodes: Nodes) -> Field:
        name = nodes[0].name.value
        if name == "__typename":
            return Field(key, Call(lambda _, __: type_.name), scalar(GraphQLString, False))
        if name.startswith("__"):
            raise Unfit
        defined = type_.fields[name]
        return Field(key, call_of(self._conversion, defined, nodes[0]), self._completion(defined.type, nodes))

    def _completion(self, type_: Any, nodes: Nodes) -> Completion:
        """None is of no class and no name that completes, so it raises where it may not be."""
        nullable = not isinstance(type_, GraphQLNonNull)
        inner = type_ if nullable else type_.of_type
        if isinstance(inner, GraphQLEnumType):
            return enum(inner, nullable)
        if isinstance(inner, GraphQLScalarType):
            return scalar(inner, nullable)
        return or_null(self._inner(inner, nodes)) if nullable else self._inner(inner, nodes)

    def _inner(self, type_: Any, nodes: Nodes) -> Completion:
        if isinstance(type_, GraphQLList):
            return list_of(self._completion(type_.of_type, nodes))
        if isinstance(type_, GraphQLInterfaceType):
            return self._any_of(self._core.get_possible_types(type_), nodes)
        if isinstance(type_, GraphQLObjectType):
            return self._any_of([type_], nodes)
        raise Unfit  # a union

    def _any_of(self, types: Iterable[GraphQLObjectType], nodes: Nodes) -> Completion:
        """An object of one of several types, told by its class."""
        sets = [node.selection_set for node in nodes if node.selection_set]
        fields = {
            type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin: self.fields(type_, sets) for type_ in types
        }
        waits = any(field.waits for each in fields.values() for field in each)
        return deep(fields) if waits else shallow(fields)
