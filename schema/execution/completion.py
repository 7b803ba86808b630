"""Completions: functions that make JSON of what resolvers return.

A selection without asynchronous resolvers completes in plain calls, and in lists field by field instead of object by object;
one that has some is a coroutine, which awaits them one after another, so that a request takes one database connection at a
time however much it asks for.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any, NamedTuple

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString

from schema.execution.call import Call, Path, Run
from schema.execution.coercion import Unfit

_PLAIN: dict[object, Callable[[Any], bool]] = {
    GraphQLString: lambda value: value.__class__ is str,
    GraphQLID: lambda value: value.__class__ is str,
    GraphQLBoolean: lambda value: value.__class__ is bool,
    GraphQLInt: lambda value: value.__class__ is int and -(2**31) <= value < 2**31,
    GraphQLFloat: lambda value: value.__class__ is float and isfinite(value),
}
"""When a value of a built-in scalar goes out as it is."""
All = Callable[[list[Any], Run], list[Any]]


class Completion(NamedTuple):
    """Makes JSON of a value, `call(value, run)`, and of many at once; without `all` the coroutine `call(value, run, path)`
    makes it."""

    call: Callable[..., Any]
    all: All | None


class Field(NamedTuple):
    """A key of the answer: how its value is found, and how that is completed."""

    key: str
    found: Call
    completion: Completion

    @property
    def waits(self) -> bool:
        return self.found.waits or self.completion.all is None


Fields = Sequence[Field]


def shallow(by_class: Mapping[type, Fields]) -> Completion:
    """Objects of some classes whose fields all come at once."""
    singly = {cls: [(f.key, f.found.get, f.completion.call) for f in fields] for cls, fields in by_class.items()}
    columns = {cls: ([f.key for f in fields], [_column(f) for f in fields]) for cls, fields in by_class.items()}

    def call(value: Any, run: Run) -> dict[str, Any]:
        return {key: complete(get(value, run), run) for key, get, complete in singly[value.__class__]}

    def every(values: list[Any], run: Run) -> list[dict[str, Any]]:
        """An object that is there several times, as a country of many records is, is completed once."""
        distinct = {id(value): value for value in values}
        if len(distinct) < len(values):
            done = dict(zip(distinct, every(list(distinct.values()), run), strict=True))
            return [done[id(value)] for value in values]
        if len({value.__class__ for value in values}) != 1:
            return [call(value, run) for value in values]
        keys, ways = columns[values[0].__class__]
        return [dict(zip(keys, told, strict=True)) for told in zip(*(way(values, run) for way in ways), strict=True)]

    return Completion(call, every)


def _column(field: Field) -> All:
    """All values of a field."""
    (get, _, of_all), complete = field.found, field.completion.all
    assert complete
    if of_all:
        return lambda objects, run: complete(of_all(objects), run)
    return lambda objects, run: complete([get(one, run) for one in objects], run)


def deep(by_class: Mapping[type, Fields]) -> Completion:
    """Objects of some classes that have fields to wait for."""

    async def call(value: Any, run: Run, path: Path) -> dict[str, Any]:
        return await answered(by_class[value.__class__], value, run, path)

    return Completion(call, None)


async def answered(fields: Iterable[Field], value: Any, run: Run, path: Path) -> dict[str, Any]:
    """The fields of an object, one after another."""
    done = {}
    for key, (get, waits, _), (complete, every) in fields:
        here = path, key
        found = get(value, run)
        if waits:
            found = await run.settle(here, found)
        done[key] = complete(found, run) if every else await complete(found, run, here)
    return done


def or_null(inner: Completion) -> Completion:
    complete, every = inner
    if every is None:
        return Completion(lambda value, run, path: _null() if value is None else complete(value, run, path), None)

    def of_all(values: list[Any], run: Run) -> list[Any]:
        present = [value for value in values if value is not None]
        done = iter(every(present, run))
        return [None if value is None else next(done) for value in values]

    return Completion(lambda value, run: None if value is None else complete(value, run), of_all)


async def _null() -> None:
    return None


def list_of(inner: Completion) -> Completion:
    complete, every = inner
    if every is None:
        return Completion(_list_to_wait_for(complete), None)

    def of_all(values: list[Any], run: Run) -> list[Any]:
        done = iter(every([item for value in values for item in _items(value)], run))
        return [list(islice(done, len(value))) for value in values]

    return Completion(lambda value, run: every(_items(value), run), of_all)


def _list_to_wait_for(complete: Callable[..., Any]) -> Callable[..., Any]:
    async def call(value: Any, run: Run, path: Path) -> list[Any]:
        return [await complete(item, run, (path, n)) for n, item in enumerate(_items(value))]

    return call


def _items(value: Any) -> Any:
    if value.__class__ is not list and value.__class__ is not tuple:
        raise Unfit
    return value


def scalar(type_: Any) -> Completion:
    plain = _PLAIN.get(type_)
    serialize = type_.coerce_output_value

    def told(value: Any, _: Run) -> Any:
        found = None if value is None else serialize(value)
        if found is None:
            raise Unfit
        return found

    if plain is None:
        return Completion(told, lambda values, run: [told(value, run) for value in values])
    return Completion(
        lambda value, run: value if plain(value) else told(value, run),
        lambda values, run: [value if plain(value) else told(value, run) for value in values],
    )


def enum(type_: GraphQLEnumType) -> Completion:
    names = {type_.coerce_input_value(name): name for name in type_.values}
    return Completion(lambda value, _: names[value], lambda values, _: [names[value] for value in values])
