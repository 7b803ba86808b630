"""Columns: fields of objects that mostly come in lists, which can be worked out for all objects of a list at once."""

from collections.abc import Callable
from typing import Any, TypeVar

import strawberry

T = TypeVar("T")

OF_ALL = "of_all"
"""The key of a field's metadata under which the function for many objects stands."""


def column(of_one: Callable[[T], Any], of_all: Callable[[list[T]], list[Any]], description: str) -> Any:
    """A field whose value `of_one` tells for an object, and `of_all` the same for objects of one answer in their order."""

    return strawberry.field(resolver=of_one, description=description, metadata={OF_ALL: of_all})
