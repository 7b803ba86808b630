"""Documents: parsed, validated and checked against the limits once, then cached; and the admission of operations.

Both transports admit an operation here before it is executed.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import monotonic
from typing import Any, NamedTuple

import strawberry
from graphql import (
    DocumentNode,
    FieldsOnCorrectTypeRule,
    GraphQLError,
    OperationDefinitionNode,
    parse,
    specified_rules,
    validate,
)

from schema.compiled.internals import core_schema
from schema.compiled.operation import Operation
from schema.errors import MAX_REPORTED_COST, cost_limit_exceeded
from schema.limits.arguments import EditionSize, size_of
from schema.limits.concurrency import ConcurrencyLimiter
from schema.limits.cost import Complexity, CostAnalysis
from service.index.cache import LruCache
from service.index.index import Index
from service.limits import Limits

MAX_DOCUMENTS, MAX_CACHED_CHARACTERS = 500, 5_000_000
_MAX_ERRORS = 10
_PARSER = ThreadPoolExecutor(1, "parser")


@dataclass(frozen=True, slots=True)
class Document:
    """A document of a number of characters; if it is invalid its errors alone, with `node` None.

    The key of an anonymous operation is None. `points` is set if the errors are about the cost.
    """

    characters: int
    node: DocumentNode | None
    errors: Sequence[GraphQLError]
    operations: Mapping[str | None, Operation]
    points: int | None = None

    def operation(self, name: str | None) -> Operation | None:
        """The operation of a name, or without a name the only one; None if there is no such operation."""
        if name is None:
            return next(iter(self.operations.values())) if len(self.operations) == 1 else None
        return self.operations.get(name)


class Documents:
    """A cache of documents by their text."""

    def __init__(self, schema: strawberry.Schema, limits: Limits) -> None:
        self._schema, self._limits = schema, limits
        self._cache: LruCache[str, Document] = LruCache(MAX_CACHED_CHARACTERS, lambda found: found.characters, MAX_DOCUMENTS)
        self._limiter = ConcurrencyLimiter(1, limits.queued_requests)
        self._paused_until = 0.0
        self._pending: dict[str, asyncio.Event] = {}

    def __len__(self) -> int:
        return len(self._cache)

    @property
    def queued(self) -> int:
        """Documents that wait to be parsed."""
        return self._limiter.queued

    async def read(self, text: str) -> Document:
        """The document of a text. Raises Overloaded if it is new and too many others wait.

        Parses one document at a time in another thread, then pauses as long, so that parsing takes at most half of the
        interpreter's time: a long document takes milliseconds.
        """
        found = self._cache.get(text)
        while found is None and (pending := self._pending.get(text)):
            await pending.wait()
            found = self._cache.get(text)
        if found:
            return found
        self._pending[text] = pending = asyncio.Event()
        try:
            return await self._read_in_turn(text)
        finally:
            del self._pending[text]
            pending.set()

    async def _read_in_turn(self, text: str) -> Document:
        async with self._limiter:
            await asyncio.sleep(max(0.0, self._paused_until - monotonic()))
            began = monotonic()
            found = await asyncio.get_running_loop().run_in_executor(_PARSER, self.get, text)
            self._paused_until = 2 * monotonic() - began
            return found

    def get(self, text: str) -> Document:
        """The document of a text, parsed at once if it is new."""
        return self._cache.get_or_create(text, lambda: self._parse(text))

    def _parse(self, text: str) -> Document:
        limits = self._limits
        if len(text) > limits.characters:  # the parser reads each
            return _invalid(text, [GraphQLError(_too_many_characters(len(text), limits.characters))])
        try:
            node = parse(text, max_tokens=limits.tokens)
        except GraphQLError as error:
            return _invalid(text, [_too_many_tokens(limits.tokens) if "tokens" in error.message else error])
        core = core_schema(self._schema)
        analysis = CostAnalysis(core, node)
        nodes = [part for part in node.definitions if isinstance(part, OperationDefinitionNode)]
        operations = [analysis.operation(part) for part in nodes]
        exceeded = _exceeded_limit(limits, len(nodes), [*operations, *analysis.fragments()])
        if exceeded:
            return _invalid(text, [GraphQLError(exceeded)])
        points = min((operation.cost.fixed for operation in operations), default=0)
        if points > limits.cost:
            return _invalid(text, [cost_limit_exceeded(points, limits.cost)], points)
        # Each unknown field is an error already, and the other rules are slow for a document with many of them.
        rules = [FieldsOnCorrectTypeRule] if analysis.unknown_fields > _MAX_ERRORS else specified_rules
        errors = validate(core, node, rules, max_errors=_MAX_ERRORS)
        if errors:
            return _invalid(text, errors)
        by_name = {
            part.name.value if part.name else None: Operation(self._schema, node, part, complexity.cost)
            for part, complexity in zip(nodes, operations, strict=True)
        }
        return Document(len(text), node, (), by_name)


def _invalid(text: str, errors: Sequence[GraphQLError], points: int | None = None) -> Document:
    """Refers to no part of the document, which may be large and whose tokens refer to each other."""
    copies = (
        GraphQLError(error.message, source=error.source, positions=error.positions, extensions=error.extensions)
        for error in errors
    )
    return Document(len(text), None, tuple(copies), {}, points)


_SPLIT = "Split the request into several."


def _too_many_characters(characters: int, maximum: int) -> str:
    return (
        f"Syntax Error: The document has {characters:,} characters; the maximum is {maximum:,}. Pass values as variables, "
        "or split the request into several."
    )


def _too_many_tokens(maximum: int) -> GraphQLError:
    """graphql-core's own message does not say what to do."""
    return GraphQLError(f"Syntax Error: The document has more than {maximum:,} tokens. {_SPLIT}")


MAX_EXPANSION = 10
"""How many times the limit aliases and directives may occur if those of a fragment count wherever it is spread."""


def _exceeded_limit(limits: Limits, operations: int, parts: Sequence[Complexity]) -> str | None:
    """The message for the first limit that a document exceeds."""

    def most(name: str) -> int:
        return max((getattr(part, name) for part in parts), default=0)

    aliases, directives = "aliases and repeated fields", "directives"
    spread = "counting those of fragments wherever they are spread"
    counts = (
        ("The document has", operations, "operations", limits.operations),
        ("The document nests fields", most("depth"), "deep", limits.depth),
        ("The operation has", most("aliases"), aliases, limits.aliases),
        ("The operation has", most("directives"), directives, limits.directives),
        ("The operation has", most("expanded_aliases"), f"{aliases}, {spread}", MAX_EXPANSION * limits.aliases),
        ("The operation has", most("expanded_directives"), f"{directives}, {spread}", MAX_EXPANSION * limits.directives),
    )
    for subject, count, noun, maximum in counts:
        if count > maximum:
            return f"{subject} {count:,} {noun}; the maximum is {maximum:,}. {_SPLIT}"
    return None


class OperationRejected(Exception):
    """An operation that is not executed, with its errors and the extensions of the response."""

    def __init__(self, errors: Sequence[GraphQLError], extensions: Mapping[str, object] | None = None) -> None:
        super().__init__(errors[0].message)
        self.errors, self.extensions = errors, extensions


class Admission(NamedTuple):
    """The cost of an operation, and the extensions that report it."""

    points: int
    extensions: Mapping[str, object]


def admit(operation: Operation, variables: Mapping[str, Any], limits: Limits, index: Callable[[], Index]) -> Admission:
    """Raises OperationRejected for too many values in the variables, or too many points."""
    check_values(variables, limits)
    points = operation.cost(variables, lambda: _edition_size(index()))
    if points > limits.cost:
        raise OperationRejected([cost_limit_exceeded(points, limits.cost)], _reported_cost(points, limits.cost))
    return Admission(points, _reported_cost(points, limits.cost))


def check_values(variables: Mapping[str, Any], limits: Limits) -> None:
    """Raises OperationRejected for too many values in the variables."""
    if (values := _count_values(variables, limits.values)) > limits.values:
        raise OperationRejected([_too_many_values(values, limits.values)])


def _edition_size(index: Index) -> EditionSize:
    """The size of the edition of an index, which keeps it."""
    known: EditionSize | None = index.api_objects.get(EditionSize)
    if known is None:
        known = index.api_objects[EditionSize] = size_of(index)
    return known


_NESTED = (dict, list)


def _count_values(variables: Mapping[str, Any], maximum: int) -> int:
    """Values in lists and objects, including nested ones; stops counting above `maximum`.

    >>> _count_values({"where": {"role": ["a", "b"], "level": None}, "first": 3}, 100)
    6
    >>> _count_values({"all": [[1] * 50] * 50}, 100)
    101
    """
    count, pending = 0, list[Collection[Any]]([variables.values()])
    while pending:
        values = pending.pop()
        count += len(values)
        if count > maximum:
            break
        pending += [value.values() if value.__class__ is dict else value for value in values if value.__class__ in _NESTED]
    return count


def _too_many_values(values: int, maximum: int) -> GraphQLError:
    message = f"The variables hold at least {values:,} values; the maximum is {maximum:,}. {_SPLIT}"
    return GraphQLError(message, extensions={"code": "BAD_USER_INPUT"})


def rejection(document: Document, max_cost: int) -> OperationRejected:
    """The rejection of an invalid document, or of one whose every operation costs too much."""
    return OperationRejected(document.errors, None if document.points is None else _reported_cost(document.points, max_cost))


def _reported_cost(points: int, maximum: int) -> Mapping[str, object]:
    return {"cost": {"requested": min(points, MAX_REPORTED_COST), "maximum": maximum}}


def no_operation(document: Document, name: str | None) -> str:
    """The message for a document without the operation to execute."""
    if name is not None:
        return f'Unknown operation named "{name[:60]}".'
    if not document.operations:
        return "The document has no operation. Add a query or a mutation."
    names = [known for known in document.operations if known][:10]
    return f"The document has several operations. Set `operationName` to one of: {', '.join(names)}."
