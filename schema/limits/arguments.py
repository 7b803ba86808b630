"""Costs by arguments: lengths of lists, records of cohorts and further points of fields, as functions of their arguments."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from strawberry.utils.str_converters import to_camel_case

from service.index.index import Index, RankIndex
from service.index.order import PASSES_OF_GROUPING
from service.market.grouping import points_of_grouping
from service.vocabulary.factors import FACTORS, Factor
from service.vocabulary.titles import MAX_CHARACTERS
from service.work import POINTS, Work


@dataclass(frozen=True)
class EditionSize:
    """What costs depend on: the number of records of an edition, and of each factor the numbers of its values, of its
    top-level values, and of those of them that records have.

    `records_of` returns the number of records with a value, or None for an unknown code.
    """

    records: int = 0
    values: Mapping[Factor, int] = field(default_factory=dict)
    top_level: Mapping[Factor, int] = field(default_factory=dict)
    groups: Mapping[Factor, int] = field(default_factory=dict)
    records_of: Callable[[tuple[Factor, str]], int | None] = lambda code: None


def size_of(index: Index) -> EditionSize:
    """The size of the edition of an index. An edition that SQL computes from counts as a whole, whatever the filter."""
    taxonomy, edition = index.reference.taxonomy, index.edition

    def records_of(factor_and_code: tuple[Factor, str]) -> int | None:
        factor, code = factor_and_code
        value = taxonomy.lookup(factor, code) or taxonomy.lookup(factor, code.lower().replace("_", "-"))
        if value is None:
            return None
        return index.records(value.id) if isinstance(index, RankIndex) else edition.records

    values = {factor: len(taxonomy.values(factor)) for factor in Factor}
    top_level = {factor: len(taxonomy.roots(factor)) for factor in Factor}
    return EditionSize(edition.records, values, top_level, index.group_counts, records_of)


class Arguments(Protocol):
    """The arguments of a field by name, enum values as their names and variables as their values, and where it is selected.

    `records` is the number of records of the cohort that the field belongs to, at most.
    """

    @property
    def edition(self) -> EditionSize: ...

    @property
    def records(self) -> float: ...

    def get(self, name: str, /) -> Any: ...


class ArgumentValues(NamedTuple):
    """Arguments whose values are known."""

    values: Mapping[str, Any]
    edition: EditionSize = EditionSize()
    records: float = 0

    def get(self, name: str) -> Any:
        return self.values.get(name)


Length = Callable[[Arguments], int]
ByArguments = Callable[[Arguments], float]


def page(default: int, maximum: int) -> Length:
    """The size of a page by its arguments `first` or `last`.

    >>> size = page(50, 100)
    >>> [size(ArgumentValues(one)) for one in ({}, {"first": 3}, {"last": 10**30}, {"first": None}, {"first": "x"})]
    [50, 3, 100, 50, 50]
    """

    def times(arguments: Arguments) -> int:
        sizes = [value for name in ("first", "last") if (value := arguments.get(name)).__class__ is int]
        return min(max(0, *sizes), maximum) if sizes else default

    return times


def items(name: str, maximum: int) -> Length:
    """The length of a list argument.

    >>> [items("offers", 5)(ArgumentValues(one)) for one in ({"offers": [1, 2]}, {"offers": "one"}, {})]
    [2, 1, 0]
    """

    def times(arguments: Arguments) -> int:
        value = arguments.get(name)
        return min(len(value), maximum) if isinstance(value, list) else int(value is not None)

    return times


def groups(default: int, maximum: int) -> Length:
    """The size of a page of groups; at most the values of a closed factor and the group of records without one.

    >>> factors = {"factor": "METRO"}, {"factor": "WORK_MODE"}, {"factor": "METRO", "first": 3}
    >>> [groups(50, 500)(ArgumentValues(one)) for one in factors]
    [50, 4, 3]
    """
    page_size = page(default, maximum)

    def times(arguments: Arguments) -> int:
        closed = _CLOSED.get(str(arguments.get("factor")))
        return min(page_size(arguments), closed) if closed else page_size(arguments)

    return times


VALUES_PER_POINT = 5
"""Codes and other values of a filter that cost a point: records are selected by each."""
UNKNOWN_CODE, _MAX_UNKNOWN = 10, 3
"""Points of the suggestions for an unknown code of a filter, and for how many codes there are some."""


def filters(*names: str) -> ByArguments:
    """Points of the values in filters.

    >>> where = {"role": ["data-scientist"] * 10, "effective": {"from": "2026-01"}}
    >>> edition = EditionSize(9, records_of={(Factor.ROLE, "data-scientist"): 9}.get)
    >>> [filters("where")(ArgumentValues({"where": one}, edition)) for one in (where, None, {"role": ["data-scientits"]})]
    [2.2, 0.0, 10.2]
    """

    def more(arguments: Arguments) -> float:
        given = [arguments.get(name) for name in names]
        codes = (pair for where in given for alternatives in _code_lists(where) for pair in alternatives)
        unknown = sum(arguments.edition.records_of(pair) is None for pair in codes)
        return sum(map(_count_values, given)) / VALUES_PER_POINT + UNKNOWN_CODE * min(unknown, _MAX_UNKNOWN)

    return more


def cohorts(*names: str) -> ByArguments:
    """The records that filters select, at most: of each filter those of its rarest condition on codes.

    >>> known = {(Factor.COUNTRY, "us"): 700, (Factor.LEVEL, "SENIOR"): 200, (Factor.LEVEL, "LEAD"): 100}
    >>> edition = EditionSize(1_000, records_of=known.get)
    >>> wheres = {"country": ["us"]}, {"country": "us", "level": ["SENIOR", "LEAD"]}, {"role": ["?"]}, None
    >>> [cohorts("where")(ArgumentValues({"where": where}, edition)) for where in wheres]
    [700, 300, 0, 1000]
    """

    def records(arguments: Arguments) -> float:
        return sum(_most_records(arguments.get(name), arguments.edition) for name in names)

    return records


def similar_records(arguments: Arguments) -> float:
    """The records of the cohort that an offer is compared with: the most specific one that is large enough."""
    return arguments.edition.records / _SIMILAR


_SIMILAR = 10


def _most_records(where: Any, edition: EditionSize) -> int:
    sizes = (sum(edition.records_of(pair) or 0 for pair in alternatives) for alternatives in _code_lists(where))
    return min((edition.records, *sizes))


_FACTORS = {to_camel_case(factor.value): factor for factor in Factor}


def _code_lists(where: Any) -> Iterator[list[tuple[Factor, str]]]:
    """The conditions of a filter that select records by alternative codes."""
    for name, value in where.items() if isinstance(where, dict) else ():
        factor, parts = _FACTORS.get(name), value if isinstance(value, dict) else {"any": value}
        if factor:
            yield from ([(factor, code)] for code in _codes(parts.get("all")))
            yield from [[(factor, code) for code in codes] for codes in (_codes(parts.get("any")),) if codes]


def _codes(value: Any) -> list[str]:
    return [code for code in (value if isinstance(value, list) else [value]) if isinstance(code, str)]


def _count_values(value: Any) -> int:
    """The number of values in an object or list at any depth."""
    count, pending = 0, [value]
    while pending:
        found = pending.pop()
        if isinstance(found, dict | list):
            pending += found.values() if isinstance(found, dict) else found
        else:
            count += found is not None
    return count


_SIZE_ORDERS = ("VALUE", "SIZE")
MAX_PASS, _PASSES_TO_SORT = 100, 1 + PASSES_OF_GROUPING
"""Points of a pass over records, at most, so that editions of ten million records can be queried."""


def scan(records: float, passes: int) -> float:
    """Points of reading records some times."""
    return passes * min(records * POINTS[Work.RECORDS], MAX_PASS)


def grouping(arguments: Arguments) -> float:
    """Points of finding all groups, of which a page is returned, and of sorting them by a figure of a measure.

    >>> employers, median = {"factor": "EMPLOYER"}, {"orderBy": {"field": "MEDIAN"}}
    >>> groups = {Factor.EMPLOYER: 40_000, Factor.LEVEL: 10}
    >>> million = EditionSize(1_000_000, top_level=groups, groups=groups)
    >>> [grouping(ArgumentValues(one, million, 1_000_000)) for one in (employers, employers | median, {"factor": "LEVEL"})]
    [50.0, 200.0, 1.5]
    """
    factor, order, edition = _FACTORS_BY_NAME.get(str(arguments.get("factor"))), arguments.get("orderBy"), arguments.edition
    if factor is None or factor not in edition.groups:
        return 0
    by_figure = isinstance(order, dict) and order.get("field") not in _SIZE_ORDERS
    found = points_of_grouping(edition.top_level[factor], edition.groups[factor], arguments.records, by_figure)
    return min(found, MAX_PASS * (_PASSES_TO_SORT if by_figure else 1))


_FACTORS_BY_NAME = {factor.name: factor for factor in Factor}

LISTED_PER_POINT, SEARCHED_PER_POINT = 20, 1_000
"""Factor values that are listed, and searched, for a point."""


def listed_values(default: int, maximum: int) -> ByArguments:
    """Points of a page of factor values, and of a search among all of them.

    >>> more, edition = listed_values(50, 500), EditionSize(values={Factor.ROLE: 3_000})
    >>> [more(ArgumentValues(one, edition)) for one in ({}, {"first": 500}, {"factor": "ROLE", "search": "x", "first": 20})]
    [2.5, 25.0, 4.0]
    """
    page_size = page(default, maximum)

    def more(arguments: Arguments) -> float:
        factor = _FACTORS_BY_NAME.get(str(arguments.get("factor")))
        values = arguments.edition.values.get(factor, 0) if factor and arguments.get("search") else 0
        return page_size(arguments) / LISTED_PER_POINT + values / SEARCHED_PER_POINT

    return more


TITLE_SQUARES_PER_POINT = 400


def title_length(arguments: Arguments) -> float:
    """Points of a title by the square of its length, at most those of the longest one that is read.

    >>> [title_length(ArgumentValues({"title": one})) for one in ("x" * 40, "x" * 9_999, 5)]
    [4.0, 100.0, 0.0]
    """
    text = arguments.get("title")
    return (min(len(text), MAX_CHARACTERS) if isinstance(text, str) else 0) ** 2 / TITLE_SQUARES_PER_POINT


def periods(arguments: Arguments) -> int:
    """The periods of about ten years.

    >>> periods(ArgumentValues({"interval": "YEAR"})), periods(ArgumentValues({}))
    (10, 40)
    """
    return 10 if arguments.get("interval") == "YEAR" else 40


_CLOSED = {factor.name: len(FACTORS[factor].codes) + 1 for factor in Factor if FACTORS[factor].codes}
