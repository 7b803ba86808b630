"""Objects with an id: the interface `Node`, the ids, and finding an object by its id."""

from binascii import a2b_base64, b2a_base64
from collections.abc import Callable
from inspect import isawaitable
from typing import Any, TypeVar, cast

import strawberry

from schema.context import Context
from service.errors import InputError, ProblemCode

Find = Callable[[Context, str], Any]
F = TypeVar("F", bound=Find)

MAX_IDS = 100
ID = "Opaque id; the same in all editions."
SUBMISSION = "Submission"
"""The type whose ids are its keys as such, which are UUIDs."""
_TO_URL_SAFE, _TO_STANDARD = bytes.maketrans(b"+/", b"-_"), bytes.maketrans(b"-_", b"+/")
_finders: dict[str, Find] = {}


@strawberry.interface(description="Object with an id.")
class Node:
    id: strawberry.ID = strawberry.field(description=ID)


def node_id(type_: str, key: object) -> strawberry.ID:
    """The id of an object by its type and its key within it: `Type:key` in the URL-safe alphabet of base64."""
    return strawberry.ID(b2a_base64(f"{type_}:{key}".encode(), newline=False).translate(_TO_URL_SAFE).decode())


def id_of(type_: str, key: Callable[[Any], object], description: str = ID) -> Any:
    """The field of an object of a type with its id; `key` takes the object."""

    def resolver(self: Any) -> strawberry.ID:
        return node_id(type_, key(self))

    return strawberry.field(resolver=resolver, description=description)


def parse_id(id_: str) -> tuple[str, str] | None:
    """The type and the key of an id; None for anything that is not exactly the id of `node_id`."""
    try:
        text = a2b_base64(id_.encode("ascii").translate(_TO_STANDARD)).decode()
    except ValueError:
        return None
    type_, _, key = text.partition(":")
    return (type_, key) if type_ != SUBMISSION and node_id(type_, key) == id_ else None


def found_by(type_: str) -> Callable[[F], F]:
    """Registers how an object of a type is found by its key: the result may be awaitable, and is None for an unknown key."""

    def register(find: F) -> F:
        _finders[type_] = find
        return find

    return register


async def find_node(context: Context, id_: str) -> Node | None:
    """The object with an id; None if there is none."""
    type_, key = parse_id(id_) or (SUBMISSION, id_)
    find = _finders.get(type_)
    found = find(context, key) if find else None
    return cast(Node | None, await found if isawaitable(found) else found)


async def find_nodes(context: Context, ids: list[strawberry.ID]) -> list[Node | None]:
    """The objects with ids, in their order. Raises InputError for more than MAX_IDS."""
    if len(ids) > MAX_IDS:
        raise InputError(
            f"`ids` must have at most {MAX_IDS} ids, got {len(ids)}. Split the request into several.",
            ("ids",),
            ProblemCode.OUT_OF_RANGE,
        )
    return [await find_node(context, id_) for id_ in ids]
