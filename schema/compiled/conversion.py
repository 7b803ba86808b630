"""Conversion of arguments, compiled once for each field: of what graphql-core coerces into what resolvers get."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import MISSING
from typing import Any

import strawberry
from strawberry.relay import GlobalID
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from schema.compiled.coercion import Unfit

Convert = Callable[[Any], Any]
"""Takes a value that is not null."""


class Conversion:
    """Makes and keeps the functions that make input objects of one schema; as `convert_arguments` of Strawberry does, which
    looks at every type anew each time."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._names = schema.config.name_converter
        self._objects: dict[type, Convert] = {}

    def of(self, asked: StrawberryField) -> Iterator[tuple[str, str, Convert | None]]:
        """For each argument of a field its name in GraphQL and in Python, and what converts it; None of what stays."""
        for argument in asked.arguments:
            yield self._names.from_argument(argument), argument.python_name, self._of(argument.type)

    def _of(self, type_: Any) -> Convert | None:
        """None for what stays as it is."""
        if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
            raise Unfit
        if isinstance(type_, LazyType):
            return self._of(type_.resolve_type())
        if isinstance(type_, StrawberryOptional):
            return self._of(type_.of_type)
        if isinstance(type_, StrawberryList):
            return _list(self._of(type_.of_type))
        return self._object(type_) if has_object_definition(type_) else None

    def _object(self, type_: type) -> Convert:
        if type_ not in self._objects:
            self._objects[type_] = lambda value: self._objects[type_](value)  # noqa: PLW0108 (a type may contain itself)
            self._objects[type_] = self._made(type_)
        return self._objects[type_]

    def _made(self, type_: Any) -> Convert:
        definition = type_.__strawberry_definition__
        if definition.from_input is not None:
            raise Unfit
        fields = definition.fields
        ways = {
            self._names.from_field(field): (field.python_name, self._of(field.resolve_type(type_definition=definition)))
            for field in fields
        }
        untold = {
            field.python_name: None
            for field in fields
            if field.default_value is MISSING and field.default_factory is MISSING
        }

        def convert(given: Mapping[str, Any]) -> Any:
            """What has a default and is not given the class fills in, with what the schema says too."""
            told = dict(untold)
            for name, value in given.items():
                python, inner = ways[name]
                told[python] = value if inner is None or value is None else inner(value)
            return type_(**told)

        return convert


def _list(convert_item: Convert | None) -> Convert | None:
    if convert_item is None:
        return None
    return lambda values: [None if value is None else convert_item(value) for value in values]
