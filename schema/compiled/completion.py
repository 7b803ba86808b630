"""Completions: functions that make JSON of what resolvers return.

A selection without asynchronous resolvers completes in plain calls, and in lists field by field instead of object by object;
one that has some is a coroutine, which awaits them one after another, so that a request takes one database connection at a
time however much it asks for.
"""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from schema.compiled.call import Call, Path, Run
from schema.compiled.coercion import Unfit
from schema.compiled.column import Table

Tell = Callable[[Any, Run], Any]
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

    @property
    def tell(self) -> Tell:
        """JSON of an object's field, where nothing waits."""
        (get, _, alone, _), complete = self.found, self.completion.call
        if alone:
            return lambda source, run: complete(alone(source), run)
        return lambda source, run: complete(get(source, run), run)

    def tell_of(self, table: Table) -> Tell:
        """The same of objects that are rows of a table."""
        if self.found.column is None:
            return self.tell
        value, complete = self.found.column.of_table(table), self.completion.call
        return lambda source, run: complete(value(source.row), run)


Fields = Sequence[Field]


def shallow(by_class: Mapping[type, Fields]) -> Completion:
    """Objects of some classes whose fields all come at once."""
    columns = {cls: ([f.key for f in fields], [_column(f) for f in fields]) for cls, fields in by_class.items()}
    told = {cls: [(field.key, field.tell) for field in fields] for cls, fields in by_class.items()}

    def call(value: Any, run: Run) -> dict[str, Any]:
        return {key: tell(value, run) for key, tell in told[value.__class__]}

    def bind(table: Table) -> dict[type, list[tuple[str, Tell]]]:
        return {cls: [(field.key, field.tell_of(table)) for field in fields] for cls, fields in by_class.items()}

    def call_row(value: Any, run: Run) -> dict[str, Any]:
        return {key: tell(value, run) for key, tell in value.table.bound(bind, bind)[value.__class__]}

    def every(values: list[Any], run: Run) -> list[dict[str, Any]]:
        """An object that is there several times, as a country of many records is, is completed once."""
        distinct = {id(value): value for value in values}
        if len(distinct) < len(values):
            done = dict(zip(distinct, every(list(distinct.values()), run), strict=True))
            return [done[id(value)] for value in values]
        if len({(value.__class__, getattr(value, "table", None)) for value in values}) != 1:
            return [call(value, run) for value in values]
        keys, ways = columns[values[0].__class__]
        return [dict(zip(keys, row, strict=True)) for row in zip(*(way(values, run) for way in ways), strict=True)]

    rows = any(field.found.column for fields in by_class.values() for field in fields)
    return Completion(call_row if rows else call, every)


def _column(field: Field) -> All:
    """All values of a field, where the objects are of one class and, if they are rows, of one table."""
    (get, _, _, column), complete = field.found, field.completion.all
    assert complete
    if column is None:
        return lambda sources, run: complete([get(source, run) for source in sources], run)
    of_rows = column.of_rows
    return lambda sources, run: complete(of_rows(sources[0].table, [source.row for source in sources]), run)


def deep(by_class: Mapping[type, Fields]) -> Completion:
    """Objects of some classes that have fields to wait for."""

    def call(value: Any, run: Run, path: Path) -> Awaitable[dict[str, Any]]:
        return answered(by_class[value.__class__], value, run, path)

    return Completion(call, None)


async def answered(fields: Iterable[Field], value: Any, run: Run, path: Path) -> dict[str, Any]:
    """The fields of an object, one after another."""
    done = {}
    for key, found, (complete, every) in fields:
        here = path, key
        told = found.get(value, run)
        if found.waits:
            told = await run.settle(here, told)
        done[key] = complete(told, run) if every else await complete(told, run, here)
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
