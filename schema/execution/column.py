"""Columns: fields of objects that mostly come in lists, worked out for all objects of a list at once."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")

OF_ALL = "of_all"
"""The key of a field's metadata under which the function for many objects stands."""


def column(of_all: Callable[[list[T]], list[Any]], description: str) -> Any:
    """A field whose values `of_all` tells for objects of one answer, in their order.

    It is the resolver of graphql-core too, for one object at a time.
    """

    def resolver(self):  # type: ignore[no-untyped-def]
        return of_all([self])[0]

    return strawberry.field(resolver=resolver, description=description, metadata={OF_ALL: of_all})
