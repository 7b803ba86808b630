"""The parts of Strawberry and graphql-core that are not documented API, in one place.

A new version of either library that moves or renames one of them breaks this module alone.
"""

from collections.abc import Callable, Iterator
from dataclasses import MISSING
from typing import Any, NamedTuple, cast

import strawberry
from graphql import DirectiveLocation, GraphQLDirective, GraphQLField, GraphQLObjectType, GraphQLSchema
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.execution.is_awaitable import optimized_is_awaitable as is_awaitable
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

__all__ = ["coerce_default_value", "coerce_input_literal", "is_awaitable"]


def core_schema(schema: strawberry.Schema) -> GraphQLSchema:
    """The schema of graphql-core that Strawberry built."""
    return schema._schema


def drop_new_directive_locations(schema: strawberry.Schema) -> None:
    """Leave out of the directives the locations that clients with graphql-core before 3.2.11 fail to read."""
    core = core_schema(schema)
    core.directives = tuple(map(_without_new_locations, core.directives))


def _without_new_locations(directive: GraphQLDirective) -> GraphQLDirective:
    arguments: dict[str, Any] = dict(directive.to_kwargs())
    arguments["locations"] = [location for location in directive.locations if location not in _NEW_LOCATIONS]
    return GraphQLDirective(**arguments)


_NEW_LOCATIONS = {DirectiveLocation.DIRECTIVE_DEFINITION}


def strawberry_field(field: GraphQLField) -> StrawberryField | None:
    """The definition of a field; None for those of introspection."""
    return field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)


def python_class(type_: GraphQLObjectType) -> type:
    """The class whose instances are objects of a type."""
    return cast(type, type_.extensions[GraphQLCoreConverter.DEFINITION_BACKREF].origin)


class Resolver(NamedTuple):
    """The method that resolves a field, and the name of its parameter for `strawberry.Info` if it has one."""

    function: Callable[..., Any]
    info: str | None


def method_resolver(field: StrawberryField) -> Resolver | None:
    """The resolver of a field if it is a method with arguments and Info alone; None for any other kind."""
    resolver = field.base_resolver
    if resolver is None or field.extensions or resolver.root_parameter or resolver.parent_parameter:
        return None
    if not resolver.self_parameter:
        return None
    info = resolver.info_parameter.name if resolver.info_parameter else None
    return Resolver(cast(Callable[..., Any], resolver.wrapped_func), info)


class InputField(NamedTuple):
    """A field of an input class; `optional` if the class has no default for it, so that None has to be passed."""

    name: str
    python_name: str
    type_: Any
    optional: bool


def input_fields(schema: strawberry.Schema, class_: Any) -> Iterator[InputField] | None:
    """The fields of an input class; None if instances of another class are made from it."""
    definition = class_.__strawberry_definition__
    if definition.from_input is not None:
        return None
    return (
        InputField(
            schema.config.name_converter.from_field(field),
            field.python_name,
            field.resolve_type(type_definition=definition),
            field.default_value is MISSING and field.default_factory is MISSING,
        )
        for field in definition.fields
    )


def argument_names(schema: strawberry.Schema, field: StrawberryField) -> Iterator[tuple[str, str, Any]]:
    """For each argument of a field its name in GraphQL, its name in Python, and its type."""
    for argument in field.arguments:
        yield schema.config.name_converter.from_argument(argument), argument.python_name, argument.type
