"""Fields, compiled: how the value of a field is found, by a call of its resolver or from a column of a table."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, TypeVar, cast
from weakref import ref

import strawberry
from graphql import FieldNode, GraphQLField, Undefined

from schema.compiled.arguments import ArgumentConverters, NotCompilable, split_arguments
from schema.compiled.internals import method_resolver, strawberry_field
from service.errors import problems_at
from service.index.amounts import BasisAmounts
from service.index.columns import CodedColumn, Columns
from service.index.index import Index, RankIndex
from service.vocabulary.factors import Factor
from service.vocabulary.measures import DOLLARS, Adjustment, Basis

T = TypeVar("T")
ResponsePath = tuple[Any, str | int] | None
"""A place in the response: the path of its parent, and its key or list index there."""
CodeValue = Callable[[Index, int | None], Any]
"""The value that a field has for the id of a factor value, or for a missing one."""

COLUMN = "column"
"""The key of a field's metadata that holds its Column."""
_MAX_BOUND = 200


@dataclass(slots=True)
class Run:
    """One execution of an operation: its context, its coerced variables, and the outcomes of asynchronous resolvers.

    Resolvers get it in place of `strawberry.Info`. It has the context alone; a resolver that uses anything else raises, and
    graphql-core executes the operation.
    """

    context: Any
    variables: Mapping[str, Any] = field(default_factory=dict)
    outcomes: list[tuple[ResponsePath, Any, Exception | None]] = field(default_factory=list)

    async def resolve(self, path: ResponsePath, awaitable: Any) -> Any:
        """The result of an asynchronous resolver, which is recorded, as is its exception."""
        try:
            value = await awaitable
        except Exception as error:
            self.outcomes.append((path, None, error))
            raise
        self.outcomes.append((path, value, None))
        return value


class Table:
    """The rows that objects are read from: each has it as its `table`, and its position as `row`. It never changes."""

    def __init__(self) -> None:
        self._bound: dict[object, Any] = {}

    def bound(self, key: object, bind: Callable[["Table"], T]) -> T:
        """What `bind` makes of this table for a selection, cached under a key."""
        found: T | None = self._bound.get(key)
        if found is None:
            if len(self._bound) >= _MAX_BOUND:
                self._bound.clear()
            found = self._bound[key] = bind(self)
        return found


class Column(NamedTuple):
    """The values of a field: `getter` makes a function of a table from a row to its value, `values` reads several rows.

    Both take the arguments of the field by name.

    The function must not refer to the table: the table caches it, and the cycle would keep an edition in memory long after
    it has been replaced.
    """

    getter: Callable[..., Callable[[int], Any]]
    values: Callable[..., list[Any]]

    def with_arguments(self, arguments: Mapping[str, Any]) -> "Column":
        return Column(partial(self.getter, **arguments), partial(self.values, **arguments)) if arguments else self


def column(
    getter: Callable[[Any], Callable[[int], Any]], values: Callable[[Any, list[int]], list[Any]], description: str
) -> Any:
    """A Strawberry field that is read from a column."""

    def resolver(self: Any) -> Any:
        return getter(self.table)(self.row)

    return strawberry.field(resolver=resolver, description=description, metadata={COLUMN: Column(getter, values)})


class RecordTable(Table):
    """The records of an edition, or of a part of it. It has only a weak reference to its index, which caches it."""

    def __init__(self, index: Index, columns: Columns) -> None:
        super().__init__()
        self._index, self.columns = ref(index), columns
        self._pay: dict[tuple[str, Adjustment], PayTable] = {}

    @property
    def index(self) -> Index:
        return _alive(self._index())

    def pay(self, currency: str, adjustment: Adjustment) -> "PayTable":
        """The pay of the same records on a basis. Raises UnknownCode for an unknown currency."""
        found = self._pay.get((currency, adjustment))
        if found is None:
            with problems_at("currency"):
                found = self._pay[currency, adjustment] = PayTable(self, Basis(currency, adjustment))
        return found


class PayTable(Table):
    """The pay of the records of a table on one basis; `amounts` is None for US dollars, which are stored."""

    def __init__(self, records: RecordTable, basis: Basis) -> None:
        super().__init__()
        index = records.index
        self._index, self.columns, self.currency = ref(index), records.columns, basis.currency
        self.amounts: BasisAmounts | None = None
        if basis != DOLLARS and isinstance(index, RankIndex) and records.columns is index.columns:
            self.amounts = index.amounts(basis)
        elif basis != DOLLARS:
            self.amounts = BasisAmounts.of_basis(records.columns, basis, index.reference)

    @property
    def index(self) -> Index:
        return _alive(self._index())


def _alive(index: Index | None) -> Index:
    assert index, "a request refers to its index until it is answered"
    return index


def table_of(index: Index, columns: Columns) -> RecordTable:
    """The table of an edition's records, shared by all requests."""
    known = index.api_objects.get(RecordTable)
    if known is None or known.columns is not columns:
        known = index.api_objects[RecordTable] = RecordTable(index, columns)
    return cast(RecordTable, known)


class _ValueByCode(dict[int, Any]):
    """The value of a field for each code of a column, made when it is first read."""

    def __init__(self, index: Index, column: CodedColumn[int], value_of: CodeValue) -> None:
        super().__init__()
        self._index, self._numbers, self._value_of = ref(index), column.categories, value_of

    def __missing__(self, code: int) -> Any:
        value = self[code] = self._value_of(_alive(self._index()), self._numbers[code - 1] if code else None)
        return value


def coded(factor: Factor, value_of: CodeValue, description: str) -> Any:
    """A Strawberry field for the value that a record has of a factor."""

    def getter(table: RecordTable) -> Callable[[int], Any]:
        codes = table.columns.one[factor]
        values, code = _ValueByCode(table.index, codes, value_of), codes.codes.item
        return lambda row: values[code(row)]

    def read(table: RecordTable, rows: list[int]) -> list[Any]:
        numbers = table.columns.one[factor].to_list(rows)
        values = {number: value_of(table.index, number) for number in set(numbers)}
        return [values[number] for number in numbers]

    return column(getter, read, description)


class Call(NamedTuple):
    """`bind(run)` makes the function that finds the value of a field of a parent; the result is awaited if `is_async`.

    `of_parent` is that function if it needs nothing of the run; the field may then have a `column`.
    """

    bind: Callable[[Run], Callable[[Any], Any]]
    is_async: bool = False
    of_parent: Callable[[Any], Any] | None = None
    column: Column | None = None


def compile_call(converters: ArgumentConverters, definition: GraphQLField, node: FieldNode) -> Call:
    """The call that resolves a field. Raises NotCompilable for resolvers that are not methods with arguments and Info."""
    found = strawberry_field(definition)
    assert found
    if found.is_basic_field:
        return _of_parent(attrgetter(found.python_name))
    resolver = method_resolver(found)
    if resolver is None:
        raise NotCompilable
    function, info = resolver
    is_async = inspect.iscoroutinefunction(function)
    nodes = {argument.name.value: argument.value for argument in node.arguments or ()}
    constant, variable = split_arguments(converters, found, definition, nodes)
    if not variable and not info:
        column: Column | None = found.metadata.get(COLUMN)
        bound = partial(function, **constant) if constant else function
        return _of_parent(bound, is_async, column and column.with_arguments(constant))

    def bind(run: Run) -> Callable[[Any], Any]:
        arguments = dict(constant)
        if info:
            arguments[info] = run
        for name, value_of in variable:
            value = value_of(run.variables)
            if value is not Undefined:
                arguments[name] = value
        return partial(function, **arguments)

    return Call(bind, is_async)


def _of_parent(function: Callable[[Any], Any], is_async: bool = False, column: Column | None = None) -> Call:
    return Call(lambda _: function, is_async, function, column)
