"""Factor values, the vocabulary of filters and groups; job titles read as such; and `PageInfo` of all connections."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from operator import attrgetter
from typing import Any, cast
from weakref import ReferenceType, ref

import strawberry

from schema.context import Context
from schema.limits.cost import costs
from schema.types.definitions import read
from schema.types.enums import Level
from schema.types.node import Node, found_by, id_of
from schema.types.scalars import Code, Currency
from service.errors import InputError, ProblemCode, collected_problems, out_of_range
from service.index.index import Index
from service.vocabulary import terms
from service.vocabulary.currencies import LOCAL_CURRENCY
from service.vocabulary.factors import Factor
from service.vocabulary.titles import MAX_CHARACTERS, READ_ALL, REARRANGED, WORDS_LEFT_OUT
from service.work import Work, count

MAX_VALUES, DEFAULT_VALUES = 500, 50


@strawberry.type(description="Position of a page within its list.")
class PageInfo:
    has_next_page: bool = strawberry.field(description="Whether there are more items after `endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether there are more items before `startCursor`.")
    start_cursor: str | None = strawberry.field(description="Cursor of the first item; null for an empty page.")
    end_cursor: str | None = strawberry.field(description="Cursor of the last item; null for an empty page.")

    @classmethod
    def of(cls, cursors: Sequence[str], *, has_next: bool, has_previous: bool) -> "PageInfo":
        return cls(
            has_next_page=has_next,
            has_previous_page=has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        )


@strawberry.type(description="Value of a factor, such as the role machine-learning-engineer.")
class FactorValue(Node):
    index_reference: strawberry.Private["ReferenceType[Index]"]
    """Weak, since the index keeps its factor values: a cycle would keep it in memory long after its edition."""
    value: strawberry.Private[terms.FactorValue]
    id: strawberry.ID = id_of("FactorValue", lambda self: f"{self.value.factor}/{self.value.code}")
    factor: Factor = read("value.factor", "Factor that this is a value of.")
    code: Code = read("value.code", "Code to filter by; unique within the factor.")
    label: str = read("value.label", "Name in English.")

    @strawberry.field(description="Currency in which pay in a country is usually reported; null for other values.")
    def currency(self) -> Currency | None:
        code = LOCAL_CURRENCY.get(self.value.code) if self.value.factor is Factor.COUNTRY else None
        return Currency(code) if code and code in self.index.reference.rates else None

    @property
    def index(self) -> Index:
        index = self.index_reference()
        assert index, "the request holds the index"
        return index

    @strawberry.field(description="Value that includes this one; for a metro area its subdivision or country.")
    def parent(self) -> "FactorValue | None":
        return factor_value_if_known(self.index, self.value.parent)

    @strawberry.field(
        description="Values directly below this one, in the order of the reference data.", metadata=costs(1, times=10)
    )
    def children(self) -> list["FactorValue"]:
        return [factor_value(self.index, child.id) for child in self.index.reference.taxonomy.children(self.value)]

    @strawberry.field(description="Number of published records with this value or a descendant of it.")
    def records(self) -> int:
        return self.index.records(self.value.id)


def factor_value(index: Index, number: int) -> FactorValue:
    """A value by its id; the same object in all responses of an edition. Raises KeyError for an unknown id."""
    found = index.api_objects.get(number)
    if found is None:
        found = FactorValue(index_reference=ref(index), value=index.reference.taxonomy[number])
        index.api_objects[number] = found
    return cast(FactorValue, found)


@found_by("FactorValue")
def _find(context: Context, key: str) -> FactorValue | None:
    name, _, code = key.partition("/")
    value = context.index.reference.taxonomy.lookup(Factor(name), code) if name in set(Factor) else None
    return factor_value(context.index, value.id) if value else None


def factor_value_if_known(index: Index, number: int | None) -> FactorValue | None:
    """A value by its id; None without an id and for ids that the edition does not have."""
    if number is None:
        return None
    known: FactorValue | None = index.api_objects.get(number)
    return factor_value(index, number) if known is None and index.reference.taxonomy.get(number) else known


def value_field(path: str, description: str) -> Any:
    """A field of an object with a private `index`: reads an attribute that is a factor value or None."""
    getter = attrgetter(path)

    def resolver(self: Any) -> FactorValue | None:
        value = getter(self)
        return factor_value(self.index, value.id) if value else None

    return strawberry.field(resolver=resolver, description=description)


@strawberry.type(description="Factor value in a list, with its cursor.")
class FactorValueEdge:
    cursor: str = strawberry.field(description="Cursor for `after`.")
    node: FactorValue = strawberry.field(description="The value.")


@strawberry.type(description="Page of factor values.")
class FactorValueConnection:
    edges: list[FactorValueEdge] = strawberry.field(description="Values with their cursors.")
    page_info: PageInfo = strawberry.field(description="Position of the page.")
    total_count: int = strawberry.field(description="Number of values on all pages.")

    @strawberry.field(description="Values without cursors.")
    def nodes(self) -> list[FactorValue]:
        return [edge.node for edge in self.edges]


def factor_values(
    index: Index, factor: Factor, search: str | None, under: str | None, first: int, after: str | None
) -> FactorValueConnection:
    """A page of a factor's values in reference order, optionally of those that match a search and lie below a value.

    Raises InputError for an invalid page size, cursor or code.
    """
    if not 0 <= first <= MAX_VALUES:
        raise out_of_range("first", f"from 0 to {MAX_VALUES}, got {first}. Use a cursor to get further pages.")
    values, start = list[terms.FactorValue](), 0
    with collected_problems() as problems:
        with problems.at("under"):
            values = _search(index, factor, search, under)
        with problems.at("after"):
            start = _position_after(after) if after else 0
    count(Work.VALUES, len(values[start : start + first]))
    edges = [
        FactorValueEdge(cursor=_cursor(start + i), node=factor_value(index, value.id))
        for i, value in enumerate(values[start : start + first])
    ]
    info = PageInfo.of([edge.cursor for edge in edges], has_next=start + first < len(values), has_previous=start > 0)
    return FactorValueConnection(edges=edges, page_info=info, total_count=len(values))


def _search(index: Index, factor: Factor, search: str | None, under: str | None) -> list[terms.FactorValue]:
    taxonomy = index.reference.taxonomy
    values = taxonomy.search(factor, search[:100]) if search else list(taxonomy.values(factor))
    if search and not values and factor is Factor.ROLE:
        role = index.reference.titles.read(search[:MAX_CHARACTERS]).role
        values = [role] if role else []
    if under is None:
        return values
    below = taxonomy.descendants(taxonomy.find_wider(factor, under), factor)
    return [value for value in values if value.id in below]


def _cursor(position: int) -> str:
    return urlsafe_b64encode(f"value:{position}".encode()).decode()


def _position_after(cursor: str) -> int:
    """The position after a cursor; the order of values never changes within a search. Raises InputError."""
    try:
        kind, _, position = urlsafe_b64decode(cursor.encode("ascii")).decode().partition(":")
        if kind != "value":
            raise ValueError
        return max(0, int(position)) + 1
    except ValueError as error:
        raise InputError(f"{cursor[:40]!r} is not a cursor of this list. Use one from pageInfo or edges.") from error


@strawberry.type(description="Role, level and specializations that a job title names; null where it is ambiguous.")
class TitleReading:
    role: FactorValue | None = strawberry.field(
        description="Role; a family for a title that names only a field, such as Data Science Intern. Null if the "
        "title is unknown or names several roles."
    )
    level: Level | None = strawberry.field(
        description="Level named by words such as Senior, Lead (STAFF) or a numeral at the end. Null for internships, for "
        "several levels (Mid/Senior), and for grades that differ between employers (L5, Associate)."
    )
    specializations: list[FactorValue] = strawberry.field(description="Specializations, in the order of the title.")
    certainty: float = strawberry.field(
        description=f"Certainty of the role, from 0 to 1: {READ_ALL:g} if every word was read; {REARRANGED:g} if words were "
        "rearranged (Engineer, Machine Learning) or only skills left out (Python Data Engineer); "
        f"{WORDS_LEFT_OUT:g} if other words were left out (Data Scientist, Payments); 0 without a role."
    )
    reason: str | None = strawberry.field(
        description="Why the role is null: no known role, several occupations, or a job that the person does not hold "
        "(Former Data Scientist, Looking for a data scientist role). Null with a role."
    )


def read_title(index: Index, title: str) -> TitleReading:
    """What a title says. Raises InputError for a text that is too long."""
    if len(title) > MAX_CHARACTERS:
        raise InputError(
            f"A title must have at most {MAX_CHARACTERS} characters, got {len(title)}. Send only the name of the job.",
            ("title",),
            ProblemCode.OUT_OF_RANGE,
        )
    found = index.reference.titles.read(title)
    return TitleReading(
        role=factor_value(index, found.role.id) if found.role else None,
        level=Level(found.level.code) if found.level else None,
        specializations=[factor_value(index, value.id) for value in found.specializations],
        certainty=found.certainty,
        reason=found.unread.value if found.unread else None,
    )
