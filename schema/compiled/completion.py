"""Completion: functions from the values that resolvers return to JSON.

A selection without asynchronous resolvers completes by plain calls, and lists complete field by field rather than object by
object. A selection with asynchronous resolvers is a coroutine that awaits them one after another, so that a request
never uses more than one database connection at a time; before each field it pauses if it has computed for long.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice
from math import isfinite
from typing import Any, NamedTuple

from graphql import GraphQLBoolean, GraphQLEnumType, GraphQLFloat, GraphQLID, GraphQLInt, GraphQLString

from schema.compiled.arguments import NotCompilable
from schema.compiled.fields import Call, ResponsePath, Run, Table
from service.time_slices import has_used_slice, pause
from service.work import Work, count

Complete = Callable[[Any, Run], Any]
CompleteAll = Callable[[list[Any], Run], list[Any]]


class Completion(NamedTuple):
    """`one(value, run)` makes JSON of a value, `all(values, run)` of several.

    Without `all` it is asynchronous, and `one(value, run, path)` is a coroutine function.
    """

    one: Callable[..., Any]
    all: CompleteAll | None


class Field(NamedTuple):
    """A key of the response, the call that finds its value, and the completion of that."""

    key: str
    call: Call
    completion: Completion

    @property
    def is_async(self) -> bool:
        return self.call.is_async or self.completion.all is None

    @property
    def complete(self) -> Complete:
        """JSON of the field of an object, if nothing is asynchronous."""
        (bind, _, of_parent, _), complete = self.call, self.completion.one
        if of_parent:
            return lambda parent, run: complete(of_parent(parent), run)
        return lambda parent, run: complete(bind(run)(parent), run)

    def complete_rows(self, table: Table) -> Complete:
        """The same for objects that are rows of a table."""
        if self.call.column is None:
            return self.complete
        value_of, complete = self.call.column.getter(table), self.completion.one
        return lambda parent, run: complete(value_of(parent.row), run)

    @property
    def complete_all(self) -> CompleteAll:
        """The JSON of the field of several objects, all of one class and, if they are rows, of one table."""
        (bind, _, _, column), complete = self.call, self.completion.all
        assert complete
        if column is None:
            return lambda parents, run: complete(list(map(bind(run), parents)), run)
        read = column.values
        return lambda parents, run: complete(read(parents[0].table, [parent.row for parent in parents]), run)


Fields = Sequence[Field]


def sync_object(by_class: Mapping[type, Fields]) -> Completion:
    """Objects of any of the classes, without asynchronous fields."""
    columns = {cls: ([f.key for f in fields], [f.complete_all for f in fields]) for cls, fields in by_class.items()}
    completions = {cls: [(field.key, field.complete) for field in fields] for cls, fields in by_class.items()}

    def one(value: Any, run: Run) -> dict[str, Any]:
        return {key: complete(value, run) for key, complete in completions[value.__class__]}

    binds = {cls: _bind_rows(fields) for cls, fields in by_class.items() if any(field.call.column for field in fields)}

    def one_row(value: Any, run: Run) -> dict[str, Any]:
        bind = binds.get(value.__class__)
        fields = value.table.bound(bind, bind) if bind else completions[value.__class__]
        return {key: complete(value, run) for key, complete in fields}

    def all_(values: list[Any], run: Run) -> list[dict[str, Any]]:
        """An object that occurs several times, such as the country of many records, is completed once."""
        distinct = {id(value): value for value in values}
        if len(distinct) < len(values):
            completed = dict(zip(distinct, all_(list(distinct.values()), run), strict=True))
            return [completed[id(value)] for value in values]
        if len({(value.__class__, getattr(value, "table", None)) for value in values}) != 1:
            return [one(value, run) for value in values]
        keys, completes = columns[values[0].__class__]
        rows = zip(*(complete(values, run) for complete in completes), strict=True)
        return [dict(zip(keys, row, strict=True)) for row in rows]

    return Completion(one_row if binds else one, all_)


def _bind_rows(fields: Fields) -> Callable[[Table], list[tuple[str, Complete]]]:
    return lambda table: [(field.key, field.complete_rows(table)) for field in fields]


def async_object(by_class: Mapping[type, Fields]) -> Completion:
    """Objects of any of the classes, with asynchronous fields."""

    def one(value: Any, run: Run, path: ResponsePath) -> Awaitable[dict[str, Any]]:
        return complete_fields(by_class[value.__class__], value, run, path)

    return Completion(one, None)


async def complete_fields(fields: Iterable[Field], parent: Any, run: Run, path: ResponsePath) -> dict[str, Any]:
    """The JSON of an object, field after field."""
    completed = {}
    for key, call, (complete, complete_all) in fields:
        if has_used_slice():
            await pause()
        field_path = path, key
        value = call.bind(run)(parent)
        if call.is_async:
            count(Work.FIELDS)
            value = await run.resolve(field_path, value)
        completed[key] = complete(value, run) if complete_all else await complete(value, run, field_path)
    return completed


def nullable(inner: Completion) -> Completion:
    """A value that may be null."""
    complete, complete_all = inner
    if complete_all is None:
        return Completion(lambda value, run, path: _null() if value is None else complete(value, run, path), None)

    def all_(values: list[Any], run: Run) -> list[Any]:
        present = [value for value in values if value is not None]
        completed = iter(complete_all(present, run))
        return [None if value is None else next(completed) for value in values]

    return Completion(lambda value, run: None if value is None else complete(value, run), all_)


async def _null() -> None:
    return None


def list_of(inner: Completion) -> Completion:
    """A list; the items of several lists are completed together."""
    complete, complete_all = inner
    if complete_all is None:
        return Completion(_async_list(complete), None)

    def all_(values: list[Any], run: Run) -> list[Any]:
        completed = iter(complete_all([item for value in values for item in _items(value)], run))
        return [list(islice(completed, len(value))) for value in values]

    return Completion(lambda value, run: complete_all(_items(value), run), all_)


def _async_list(complete: Callable[..., Any]) -> Callable[..., Any]:
    async def one(value: Any, run: Run, path: ResponsePath) -> list[Any]:
        return [await complete(item, run, (path, n)) for n, item in enumerate(_items(value))]

    return one


def _items(value: Any) -> Any:
    if value.__class__ is not list and value.__class__ is not tuple:
        raise NotCompilable
    return value


def scalar(type_: Any, is_nullable: bool) -> Completion:
    """A scalar; the usual value of a built-in one is JSON already."""
    serialize = type_.coerce_output_value

    def checked(value: Any, _: Run) -> Any:
        if value is None and is_nullable:
            return None
        serialized = None if value is None else serialize(value)
        if serialized is None:
            raise NotCompilable
        return serialized

    fast_path = _string if serialize is str else _BUILT_IN.get(type_)
    return _one_by_one(fast_path(checked) if fast_path else checked)


def enum(type_: GraphQLEnumType, is_nullable: bool) -> Completion:
    """An enum value, by its name."""
    names: dict[Any, str | None] = {type_.coerce_input_value(name): name for name in type_.values}
    if is_nullable:
        names[None] = None
    return Completion(lambda value, _: names[value], lambda values, _: [names[value] for value in values])


def _one_by_one(complete: Complete) -> Completion:
    return Completion(complete, lambda values, run: [complete(value, run) for value in values])


def _string(checked: Complete) -> Complete:
    return lambda value, run: value if value.__class__ is str else checked(value, run)


def _boolean(checked: Complete) -> Complete:
    return lambda value, run: value if value.__class__ is bool else checked(value, run)


def _int(checked: Complete) -> Complete:
    return lambda value, run: value if value.__class__ is int and -(2**31) <= value < 2**31 else checked(value, run)


def _float(checked: Complete) -> Complete:
    return lambda value, run: value if value.__class__ is float and isfinite(value) else checked(value, run)


_BUILT_IN = {GraphQLString: _string, GraphQLID: _string, GraphQLBoolean: _boolean, GraphQLInt: _int, GraphQLFloat: _float}
"""The completion of built-in scalars, which falls back to `checked` for an unusual value."""
