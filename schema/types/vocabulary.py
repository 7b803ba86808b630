"""Factor values: the vocabulary that filters and groups are written in."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import cast
from weakref import ReferenceType, ref

import strawberry

from schema.limits.cost import costs
from schema.types.page import PageInfo
from schema.types.scalars import Code
from service.errors import InputError
from service.index.index import Index
from service.vocabulary.factors import Factor
from service.vocabulary.terms import FactorValue as Value

MOST = 500


@strawberry.type(description="A value of a factor, such as the role machine-learning-engineer.")
class FactorValue:
    within: strawberry.Private["ReferenceType[Index]"]
    """Not to keep it alive: an index that is kept by what it keeps would stay long after its edition."""
    of: strawberry.Private[Value]
    factor: Factor = strawberry.field(description="The factor that this is a value of.")
    code: Code = strawberry.field(description="The code to filter by; unique within the factor.")
    label: str = strawberry.field(description="The name for people, in English.")

    @property
    def index(self) -> Index:
        index = self.within()
        assert index, "whoever answers a question holds its index"
        return index

    @strawberry.field(description="The value that includes this one; a metro area's is its subdivision or country.")
    def parent(self) -> "FactorValue | None":
        return factor_value(self.index, self.of.parent)

    @strawberry.field(
        description="The values right below this one, in the order of the reference data.", metadata=costs(1, times=10)
    )
    def children(self) -> list["FactorValue"]:
        return [shown(self.index, child.id) for child in self.index.reference.taxonomy.children(self.of)]

    @strawberry.field(description="Published records that carry this value or a descendant of it.")
    def records(self) -> int:
        return self.index.records(self.of.id)


def value_of(index: Index, value: Value) -> FactorValue:
    return FactorValue(within=ref(index), of=value, factor=value.factor, code=Code(value.code), label=value.label)


def factor_value(index: Index, number: int | None) -> FactorValue | None:
    if number is None:
        return None
    known: FactorValue | None = index.shown.get(number)
    return shown(index, number) if known is None and index.reference.taxonomy.get(number) else known


def shown(index: Index, number: int) -> FactorValue:
    """A value by its number: the same object in all answers of an edition."""
    found = index.shown.get(number)
    if found is None:
        found = index.shown[number] = value_of(index, index.reference.taxonomy[number])
    return cast(FactorValue, found)


@strawberry.type(description="A factor value in a list, with its cursor.")
class FactorValueEdge:
    cursor: str = strawberry.field(description="Give it as `after` to go on behind this value.")
    node: FactorValue = strawberry.field(description="The value.")


@strawberry.type(description="A page of factor values.")
class FactorValueConnection:
    edges: list[FactorValueEdge] = strawberry.field(description="The values with their cursors.")
    page_info: PageInfo = strawberry.field(description="Whether there is more, and where.")
    total_count: int = strawberry.field(description="How many values there are on all pages.")

    @strawberry.field(description="The values without cursors.")
    def nodes(self) -> list[FactorValue]:
        return [edge.node for edge in self.edges]


def factor_values(
    index: Index, factor: Factor, search: str | None, under: str | None, first: int, after: str | None
) -> FactorValueConnection:
    """All values of a factor in reference order, or those that a search finds, or those below one."""
    if not 0 <= first <= MOST:
        raise InputError(f"`first` is from 0 to {MOST} values a page, not {first}; page on with a cursor.")
    found = _found(index, factor, search, under)
    start = _after(after) if after else 0
    edges = [
        FactorValueEdge(cursor=_cursor(start + i), node=shown(index, value.id))
        for i, value in enumerate(found[start : start + first])
    ]
    info = PageInfo.of([edge.cursor for edge in edges], has_next=start + first < len(found), has_previous=start > 0)
    return FactorValueConnection(edges=edges, page_info=info, total_count=len(found))


def _found(index: Index, factor: Factor, search: str | None, under: str | None) -> list[Value]:
    taxonomy = index.reference.taxonomy
    values = taxonomy.search(factor, search[:100]) if search else list(taxonomy.values(factor))
    if under is None:
        return values
    below = taxonomy.below(taxonomy.above(factor, under), factor)
    return [value for value in values if value.id in below]


def _cursor(position: int) -> str:
    return urlsafe_b64encode(f"value:{position}".encode()).decode()


def _after(cursor: str) -> int:
    """The position behind a cursor: values never change their order within one search."""
    try:
        kind, _, position = urlsafe_b64decode(cursor.encode("ascii")).decode().partition(":")
        if kind != "value":
            raise ValueError
        return max(0, int(position)) + 1
    except ValueError as error:
        raise InputError(f"{cursor[:40]!r} is not a cursor of this list; use one from pageInfo or edges.") from error
