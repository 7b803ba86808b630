"""Coercion of input values, compiled once for each type: from JSON to what graphql-core would make of it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    Undefined,
    VariableDefinitionNode,
    is_required_input_field,
    type_from_ast,
)
from graphql.utilities.coerce_input_value import coerce_input_literal

Coerce = Callable[[Any], Any]


class Unfit(Exception):
    """What was compiled has no answer to this; graphql-core has."""


class Coercion:
    """Makes and keeps the functions that coerce the types of one schema; these raise, anything, for what does not fit."""

    def __init__(self) -> None:
        self._objects: dict[str, Coerce] = {}

    def of(self, type_: GraphQLInputType) -> Coerce:
        if isinstance(type_, GraphQLNonNull):
            return _present(self._nullable(type_.of_type))
        inner = self._nullable(type_)
        return lambda value: None if value is None else inner(value)

    def _nullable(self, type_: Any) -> Coerce:
        """For a value that is not null."""
        if isinstance(type_, GraphQLList):
            return _list(self.of(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._object(type_)
        return _leaf(type_)

    def _object(self, type_: GraphQLInputObjectType) -> Coerce:
        name = type_.name
        if name not in self._objects:
            self._objects[name] = lambda value: self._objects[name](value)  # noqa: PLW0108 (a type may contain itself)
            self._objects[name] = self._made(type_)
        return self._objects[name]

    def _field(self, field: GraphQLInputField, name: str) -> tuple[str, bool, Coerce]:
        """Under which name it goes on, whether it must not be null, and what a value is coerced by."""
        type_: Any = field.type
        needed = isinstance(type_, GraphQLNonNull)
        return field.out_name or name, needed, self._nullable(type_.of_type if needed else type_)

    def _made(self, type_: GraphQLInputObjectType) -> Coerce:
        if type_.is_one_of:
            raise Unfit
        fields = {name: self._field(field, name) for name, field in type_.fields.items()}
        required = required_fields(type_)

        def coerce(given: Any) -> Any:
            if given.__class__ is not dict or not required <= given.keys():
                raise Unfit
            done = {}
            for name, value in given.items():
                out, needed, inner = fields[name]
                if value is not None:
                    done[out] = inner(value)
                elif needed:
                    raise Unfit
                else:
                    done[out] = None
            return type_.out_type(done)

        return coerce


def required_fields(type_: GraphQLInputObjectType) -> set[str]:
    """The fields that have to be given; the others are left to the class that an object of the type is converted into."""
    return {name for name, field in type_.fields.items() if is_required_input_field(field)}


def _present(coerce: Coerce) -> Coerce:
    def present(value: Any) -> Any:
        if value is None:
            raise Unfit
        return coerce(value)

    return present


def _list(coerce_item: Coerce) -> Coerce:
    """A value that is no list counts as a list of one."""

    def coerce(value: Any) -> list[Any]:
        return [coerce_item(item) for item in value] if value.__class__ is list else [coerce_item(value)]

    return coerce


def _leaf(type_: GraphQLLeafType) -> Coerce:
    if isinstance(type_, GraphQLEnumType):
        return {name: type_.coerce_input_value(name) for name in type_.values}.__getitem__
    if type_ is GraphQLString:
        return _text
    return type_.coerce_input_value


def _text(value: Any) -> str:
    if value.__class__ is not str:
        raise Unfit
    return value


def variables(
    schema: GraphQLSchema, coercion: Coercion, definitions: Iterable[VariableDefinitionNode] | None
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function that coerces the variables of an operation; those without a value or a default are left out."""
    signatures = []
    for definition in definitions or ():
        type_: Any = type_from_ast(schema, definition.type)
        default = coerce_input_literal(definition.default_value, type_) if definition.default_value else Undefined
        signatures.append((definition.variable.name.value, coercion.of(type_), default, isinstance(type_, GraphQLNonNull)))

    def coerce(given: Mapping[str, Any]) -> dict[str, Any]:
        done = {}
        for name, coerce_value, default, required in signatures:
            if name in given:
                done[name] = coerce_value(given[name])
            elif default is not Undefined:
                done[name] = default
            elif required:
                raise Unfit
        return done

    return coerce
