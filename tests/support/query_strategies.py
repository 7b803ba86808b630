"""Random queries: documents and variables that are valid by a schema, drawn by hypothesis."""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any

import orjson
from graphql import (
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputObjectType,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_composite_type,
    is_required_input_field,
)
from graphql.type import is_required_argument
from hypothesis import strategies as st

SCALARS: dict[str, list[Any]] = {
    "Int": [-1, 0, 1, 3, 7, 60, 501, 2**31],
    "Float": [0, 0.5, 0.9, 2, 95_000, -1.5],
    "Boolean": [True, False],
    "String": ["", "engineer", "not a cursor"],
    "ID": ["", "U2FsYXJ5UmVjb3JkOjAwMDAwMDAwLTAwMDAtMDAwMC0wMDAwLTAwMDAwMDAwMDAwMQ=="],
    "Code": ["us", "us-ca", "san-francisco", "machine-learning-engineer", "python", "us", "nonsense"],
    "Currency": ["USD", "EUR", "XXX"],
    "Month": ["2025-02", "2026-01"],
}
"""Values to draw from, some of which resolvers reject."""


@dataclass
class DocumentWriter:
    """Writes a document."""

    draw: Any
    excluded: Collection[str]
    schema: GraphQLSchema
    variables: dict[str, Any] = field(default_factory=dict)
    declared: list[str] = field(default_factory=list)
    fragments: list[str] = field(default_factory=list)
    aliases: int = 0

    def some(self, strategy: st.SearchStrategy[Any]) -> Any:
        return self.draw(strategy)

    def selection(self, type_: Any, depth: int) -> str:
        if isinstance(type_, GraphQLInterfaceType):
            inside = " ".join(self.fragment(found, depth) for found in self.schema.get_possible_types(type_))
            return f"{{ __typename {inside} }}"
        names = [
            name for name, found in type_.fields.items() if name not in self.excluded and (depth or not _composite(found))
        ]
        chosen = self.some(st.lists(st.sampled_from(names), min_size=1, max_size=3)) if names else []
        parts = [self.field(name, type_.fields[name], depth) for name in chosen]
        if not parts or self.some(st.integers(0, 5)) == 0:
            parts.append("__typename")
        if depth and self.some(st.integers(0, 4)) == 0:
            parts.insert(0, self.fragment(type_, depth - 1))
        return f"{{ {' '.join(parts)} }}"

    def fragment(self, type_: GraphQLObjectType, depth: int) -> str:
        inside = self.selection(type_, depth)
        if self.some(st.booleans()):
            return f"... on {type_.name} {inside}"
        name = f"f{len(self.fragments)}"
        self.fragments.append(f"fragment {name} on {type_.name} {inside}")
        return f"...{name}"

    def field(self, name: str, found: GraphQLField, depth: int) -> str:
        given = [
            f"{key}: {self.argument(argument.type)}"
            for key, argument in found.args.items()
            if is_required_argument(argument) or self.some(st.integers(0, 2)) == 0
        ]
        alias = ""
        if given or self.some(st.integers(0, 5)) == 0:
            self.aliases += 1
            alias = f"a{self.aliases}: "
        arguments = f"({', '.join(given)})" if given else ""
        selection = f" {self.selection(get_named_type(found.type), depth - 1)}" if _composite(found) else ""
        return f"{alias}{name}{arguments}{selection}"

    def argument(self, type_: Any) -> str:
        value = self.value(type_)
        if self.some(st.booleans()):
            return self.literal(value, type_)
        name = f"v{len(self.declared)}"
        default = f" = {self.literal(self.value(type_), type_)}" if self.some(st.integers(0, 3)) == 0 else ""
        self.declared.append(f"${name}: {type_}{default}")
        if not default or self.some(st.booleans()):
            self.variables[name] = value
        return f"${name}"

    def value(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLNonNull):
            return self.present(type_.of_type)
        return None if self.some(st.integers(0, 6)) == 0 else self.present(type_)

    def present(self, type_: Any) -> Any:
        if isinstance(type_, GraphQLList):
            count = self.some(st.integers(0, 2))
            return [self.value(type_.of_type) for _ in range(count)]
        if isinstance(type_, GraphQLEnumType):
            return self.some(st.sampled_from(sorted(type_.values)))
        if isinstance(type_, GraphQLInputObjectType):
            return {
                name: self.value(found.type)
                for name, found in type_.fields.items()
                if is_required_input_field(found) or self.some(st.integers(0, 5)) == 0
            }
        return self.some(st.sampled_from(SCALARS[type_.name]))

    def literal(self, value: Any, type_: Any) -> str:
        named = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
        if value is None:
            return "null"
        if isinstance(named, GraphQLEnumType):
            return str(value)
        if isinstance(named, GraphQLList):
            return f"[{', '.join(self.literal(item, named.of_type) for item in value)}]"
        if isinstance(named, GraphQLInputObjectType):
            inside = (f"{key}: {self.literal(item, named.fields[key].type)}" for key, item in value.items())
            return f"{{{', '.join(inside)}}}"
        return orjson.dumps(value).decode()


def _composite(found: GraphQLField) -> bool:
    return is_composite_type(get_named_type(found.type))


@st.composite
def queries(draw: Any, schema: GraphQLSchema, excluded: Collection[str]) -> tuple[str, dict[str, Any]]:
    """A document with one query without the excluded fields, and its variables."""
    writer = DocumentWriter(draw, excluded, schema)
    inside = writer.selection(schema.query_type, 3)
    declared = f"({', '.join(writer.declared)})" if writer.declared else ""
    return "\n".join([f"query{declared} {inside}", *writer.fragments]), writer.variables
