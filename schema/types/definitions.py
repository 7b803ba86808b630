"""GraphQL definitions of enumerations and dataclasses of the service, which know nothing of GraphQL themselves.

The objects that the service returns are the objects that are resolved: nothing is copied. A definition names the fields
that the API shows, each with its description; their types are those of the attributes unless stated otherwise.
"""

from collections.abc import Callable, Iterable, Mapping
from enum import Enum
from functools import cached_property
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

import strawberry
from strawberry.annotation import StrawberryAnnotation
from strawberry.types.base import StrawberryObjectDefinition
from strawberry.types.field import StrawberryField

E = TypeVar("E", bound=type[Enum])
K = TypeVar("K")
T = TypeVar("T", bound=type)


def define_enum(
    cls: E,
    description: str,
    values: Mapping[str, str],
    name: str | None = None,
    deprecated: Mapping[str, str] = MappingProxyType({}),
) -> E:
    """Define an enumeration; `values` holds the description of each member by its name, `deprecated` why not to use some."""
    defined = strawberry.enum(cls, name=name, description=description)
    for value in defined.__strawberry_definition__.values:  # type: ignore[attr-defined]
        value.description = values[value.name]
        value.deprecation_reason = deprecated.get(value.name)
    return defined


def define_type(
    cls: type, description: str, fields: Mapping[str, Any], name: str | None = None, interfaces: Iterable[type] = ()
) -> None:
    """Define an object type over a class.

    `fields` has an entry for each attribute, property or resolver: its description, or a `strawberry.field` where the
    type differs (`graphql_type`) or a resolver takes the object as `self`.

    Raises AttributeError for a description without an attribute.
    """
    hints = get_type_hints(cls)
    cls.__strawberry_definition__ = StrawberryObjectDefinition(  # type: ignore[attr-defined]
        name=name or cls.__name__,
        is_input=False,
        is_interface=False,
        origin=cls,
        description=description,
        interfaces=[interface.__strawberry_definition__ for interface in interfaces],  # type: ignore[attr-defined]
        extend=False,
        directives=(),
        is_type_of=None,
        resolve_type=None,
        fields=[_field(cls, hints, attribute, field) for attribute, field in fields.items()],
    )


def method(function: Callable[..., Any], description: str, **arguments: str) -> StrawberryField:
    """A field that calls a method of the object; `arguments` holds the description of each of its arguments."""
    field: StrawberryField = strawberry.field(resolver=function, description=description)
    for argument in field.arguments:
        argument.description = arguments[argument.python_name]
    return field


def read(path: str, description: str) -> Any:
    """A field that reads an attribute of a private attribute, such as `source.label`."""
    getter = attrgetter(path)

    def resolver(self: Any) -> Any:
        return getter(self)

    return strawberry.field(resolver=resolver, description=description)


def cents(amount: float) -> float:
    """An amount of money as the API shows it.

    >>> cents(75057.19904371658)
    75057.2
    """
    return round(amount, 2)


def money(path: str, description: str) -> Any:
    """A field that reads an amount of money from an attribute, rounded to cents."""
    getter = attrgetter(path)

    def resolver(self: Any) -> float:
        return cents(getter(self))

    return strawberry.field(resolver=resolver, description=description)


def with_fields(keys: Iterable[K], field_of: Callable[[K], tuple[str, object, Any]]) -> Callable[[T], T]:
    """Decorate a class of GraphQL fields: add a field for each entry of a registry, in its order.

    `field_of` returns the field's name, annotation and Strawberry field. Fields that the class declares take precedence.
    """

    def decorate(cls: T) -> T:
        declared, fields = cls.__annotations__, {}
        for name, annotation, field in map(field_of, keys):
            fields[name] = declared.get(name, annotation)
            if name not in declared:
                setattr(cls, name, field)
        cls.__annotations__ = {**{name: declared[name] for name in declared if name not in fields}, **fields}
        return cls

    return decorate


def _field(cls: type, hints: Mapping[str, Any], attribute: str, described: str | StrawberryField) -> StrawberryField:
    field: StrawberryField = strawberry.field(description=described) if isinstance(described, str) else described
    field.python_name = attribute
    field.origin = field.origin or cls
    if field.base_resolver is None and field.type_annotation is None:
        field.type_annotation = StrawberryAnnotation(_type_of(cls, hints, attribute))
    return field


def _type_of(cls: type, hints: Mapping[str, Any], attribute: str) -> Any:
    """The type of a dataclass field, a property or a cached property."""
    if attribute in hints:
        return hints[attribute]
    found = getattr(cls, attribute)
    getter = found.func if isinstance(found, cached_property) else found.fget
    return get_type_hints(getter)["return"]
