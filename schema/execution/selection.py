"""Selections: what is told of a value, compiled into functions that make JSON of it.

A selection without asynchronous resolvers completes in plain calls; one that has some is a coroutine, which awaits them one
after another, so that a request takes one database connection at a time however much it asks for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from math import isfinite
from typing import Any, NamedTuple

import strawberry
from graphql import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLBoolean,
    GraphQLEnumType,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLString,
    InlineFragmentNode,
    SelectionSetNode,
)
from strawberry.schema.schema_converter import GraphQLCoreConverter

from schema.execution.call import Path, Run, call_of
from schema.execution.coercion import Unfit

Nodes = list[FieldNode]
_PLAIN: dict[object, Callable[[Any], bool]] = {
    GraphQLString: lambda value: value.__class__ is str,
    GraphQLID: lambda value: value.__class__ is str,
    GraphQLBoolean: lambda value: value.__class__ is bool,
    GraphQLInt: lambda value: value.__class__ is int and -(2**31) <= value < 2**31,
    GraphQLFloat: lambda value: value.__class__ is float and isfinite(value),
}
"""When a value of a built-in scalar goes out as it is."""


class Completion(NamedTuple):
    """Makes JSON of a value: `call(value, run)`, or where `deep` the coroutine `call(value, run, path)`."""

    call: Callable[..., Any]
    deep: bool = False


class Field(NamedTuple):
    """A key of the answer: how its value is found, and how that is completed."""

    key: str
    get: Callable[[Any, Run], Any]
    waits: bool
    complete: Callable[..., Any]
    deep: bool


class Selections:
    """Compiles the selections of one document; raises Unfit for what graphql-core is to execute."""

    def __init__(self, schema: strawberry.Schema, fragments: Mapping[str, FragmentDefinitionNode]) -> None:
        self._schema, self._core, self._fragments = schema, schema._schema, fragments

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
            return Field(key, lambda _, __: type_.name, False, lambda value, _: value, False)
        if name.startswith("__"):
            raise Unfit
        defined = type_.fields[name]
        get, waits = call_of(self._schema, defined, nodes[0])
        return Field(key, get, waits, *self._completion(defined.type, nodes))

    def _completion(self, type_: Any, nodes: Nodes) -> Completion:
        if isinstance(type_, GraphQLNonNull):
            return self._present(type_.of_type, nodes)  # None is of no class that completes, so it raises there
        return _or_null(self._present(type_, nodes))

    def _present(self, type_: Any, nodes: Nodes) -> Completion:
        if isinstance(type_, GraphQLList):
            return _list(self._completion(type_.of_type, nodes))
        if isinstance(type_, GraphQLObjectType):
            return self._any_of([type_], nodes)
        if isinstance(type_, GraphQLInterfaceType):
            return self._any_of(self._core.get_possible_types(type_), nodes)
        return _enum(type_) if isinstance(type_, GraphQLEnumType) else _scalar(type_)

    def _any_of(self, types: Iterable[GraphQLObjectType], nodes: Nodes) -> Completion:
        """An object of one of several types, told by its class."""
        sets = [node.selection_set for node in nodes if node.selection_set]
        fields = {
            type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin: self.fields(type_, sets) for type_ in types
        }
        if any(field.waits or field.deep for each in fields.values() for field in each):
            return Completion(_deep(fields), True)
        return Completion(_shallow({cls: [(f.key, f.get, f.complete) for f in each] for cls, each in fields.items()}))


def _shallow(by_class: Mapping[type, list[tuple[str, Any, Any]]]) -> Callable[[Any, Run], dict[str, Any]]:
    def complete(value: Any, run: Run) -> dict[str, Any]:
        return {key: done(get(value, run), run) for key, get, done in by_class[value.__class__]}

    return complete


def _deep(by_class: Mapping[type, tuple[Field, ...]]) -> Callable[..., Any]:
    async def complete(value: Any, run: Run, path: Path) -> dict[str, Any]:
        return await answered(by_class[value.__class__], value, run, path)

    return complete


async def answered(fields: Iterable[Field], value: Any, run: Run, path: Path) -> dict[str, Any]:
    """The fields of an object, one after another."""
    done = {}
    for key, get, waits, complete, deep in fields:
        here = path, key
        found = get(value, run)
        if waits:
            found = await run.settle(here, found)
        done[key] = await complete(found, run, here) if deep else complete(found, run)
    return done


def _or_null(inner: Completion) -> Completion:
    call, deep = inner
    if deep:
        return Completion(lambda value, run, path: _null() if value is None else call(value, run, path), True)
    return Completion(lambda value, run: None if value is None else call(value, run))


async def _null() -> None:
    return None


def _list(inner: Completion) -> Completion:
    call, deep = inner

    def complete(value: Any, run: Run) -> list[Any]:
        return [call(item, run) for item in _items(value)]

    async def complete_deep(value: Any, run: Run, path: Path) -> list[Any]:
        return [await call(item, run, (path, n)) for n, item in enumerate(_items(value))]

    return Completion(complete_deep, True) if deep else Completion(complete)


def _items(value: Any) -> Any:
    if value.__class__ is not list and value.__class__ is not tuple:
        raise Unfit
    return value


def _scalar(type_: Any) -> Completion:
    plain = _PLAIN.get(type_)
    serialize = type_.coerce_output_value

    def told(value: Any, _: Run) -> Any:
        found = None if value is None else serialize(value)
        if found is None:
            raise Unfit
        return found

    if plain is None:
        return Completion(told)
    return Completion(lambda value, run: value if plain(value) else told(value, run))


def _enum(type_: GraphQLEnumType) -> Completion:
    names = {type_.coerce_input_value(name): name for name in type_.values}
    return Completion(lambda value, _: names[value])
