"""Documents: what clients ask with, parsed and validated once however often it is asked."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from time import monotonic

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
from strawberry.extensions import SchemaExtension

from schema.compiled.operation import Operation
from schema.errors import too_costly
from schema.limits.turns import Turns
from schema.limits.weight import Scales, Weight
from schema.types.limits import Limits

REMEMBERED, REMEMBERED_LETTERS, _MOST_ERRORS = 500, 5_000_000, 10


@dataclass(frozen=True)
class Document:
    """A document, or what is wrong with it; then nothing else of it is kept, and `node` is None.

    `operations` are by name; one without has the name None. `points` are told where they are what is wrong.
    """

    node: DocumentNode | None
    errors: Sequence[GraphQLError]
    operations: Mapping[str | None, Operation]
    points: int | None = None

    def operation(self, name: str | None) -> Operation | None:
        """The operation with a name, or the only one there is; None when there is no such."""
        if name is None:
            return next(iter(self.operations.values())) if len(self.operations) == 1 else None
        return self.operations.get(name)


class Documents:
    """The documents last asked with, by their text."""

    def __init__(self, schema: strawberry.Schema, limits: Limits) -> None:
        self._schema, self._limits = schema, limits
        self._known: OrderedDict[str, Document] = OrderedDict()
        self._letters = 0
        self._turns = Turns(1, limits.queued_requests)
        self._rested = 0.0
        self._coming: dict[str, asyncio.Event] = {}

    @property
    def waiting(self) -> int:
        """Documents that wait to be read."""
        return self._turns.queue

    async def read(self, text: str) -> Document:
        """The same as `find`, which takes milliseconds for a long document that is new; raises Overloaded.

        One is read at a time, and then none for as long as that took: half of the time is for what else there is to do.
        """
        while text not in self._known and (coming := self._coming.get(text)):
            await coming.wait()
        if text in self._known:
            return self.find(text)
        self._coming[text] = coming = asyncio.Event()
        try:
            return await self._read_in_turn(text)
        finally:
            del self._coming[text]
            coming.set()

    async def _read_in_turn(self, text: str) -> Document:
        async with self._turns:
            await asyncio.sleep(max(0.0, self._rested - monotonic()))
            began = monotonic()
            found = self.find(text)
            self._rested = 2 * monotonic() - began
            return found

    def find(self, text: str) -> Document:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._read(text)
            self._letters += len(text)
            while len(self._known) > REMEMBERED or self._letters > REMEMBERED_LETTERS:
                self._letters -= len(self._known.popitem(last=False)[0])
        else:
            self._known.move_to_end(text)
        return found

    def _read(self, text: str) -> Document:
        if len(text) > self._limits.characters:  # the parser looks at each by itself
            return _wrong([GraphQLError(_too_long(len(text), self._limits.characters))])
        try:
            node = parse(text, max_tokens=self._limits.tokens)
        except GraphQLError as error:
            return _wrong([_with_way_out(error, self._limits.tokens)])
        core, scales = self._schema._schema, Scales(self._schema._schema, node)
        parts = [part for part in node.definitions if isinstance(part, OperationDefinitionNode)]
        weights = [scales.operation(part) for part in parts]
        too_much = _too_much(self._limits, len(parts), [*weights, *scales.fragments()])
        if too_much:
            return _wrong([GraphQLError(too_much)])
        least = min((weight.cost.fixed for weight in weights), default=0)
        if least > self._limits.cost:
            return _wrong([too_costly(least, self._limits.cost)], least)
        rules = [FieldsOnCorrectTypeRule] if scales.unknown > _MOST_ERRORS else specified_rules  # it has more than is told
        errors = validate(core, node, rules, max_errors=_MOST_ERRORS)
        if errors:
            return _wrong(errors)
        operations = {
            part.name.value if part.name else None: Operation(self._schema, node, part, weight.cost)
            for part, weight in zip(parts, weights, strict=True)
        }
        return Document(node, (), operations)


def _wrong(errors: Sequence[GraphQLError], points: int | None = None) -> Document:
    """Holds on to no part of the document: it may be a large one, and its parser's tokens hold each other."""
    told = (
        GraphQLError(error.message, source=error.source, positions=error.positions, extensions=error.extensions)
        for error in errors
    )
    return Document(None, tuple(told), {}, points)


def _with_way_out(error: GraphQLError, tokens: int) -> GraphQLError:
    """graphql-core says that there are too many tokens, but not what to do about it."""
    if "tokens" not in error.message:
        return error
    return GraphQLError(f"Syntax Error: The document has more than {tokens:,} tokens. {_LESS}")


def _too_long(letters: int, most: int) -> str:
    return (
        f"Syntax Error: The document has {letters:,} letters; at most {most:,} are taken. Send values as variables, and ask "
        "for less at once."
    )


def _too_much(limits: Limits, operations: int, weights: Sequence[Weight]) -> str | None:
    """What a document asks too much of, in words."""
    if operations > limits.operations:
        return f"The document has {operations:,} operations; at most {limits.operations:,} are taken. {_LESS}"
    depth, aliases, directives = (max(counts, default=0) for counts in _counts(weights))
    if depth > limits.depth:
        return f"The document has fields {depth:,} deep within each other; at most {limits.depth:,} are taken. {_LESS}"
    if aliases > limits.aliases:
        return f"The operation has {aliases:,} aliases and repeated fields; at most {limits.aliases:,} are taken. {_LESS}"
    if directives > limits.directives:
        return f"The operation has {directives:,} directives; at most {limits.directives:,} are taken. {_LESS}"
    return None


def _counts(weights: Sequence[Weight]) -> tuple[list[int], list[int], list[int]]:
    return ([w.depth for w in weights], [w.aliases for w in weights], [w.directives for w in weights])


_LESS = "Ask for less at once, in several requests."


class Remembered(SchemaExtension):
    """Has Strawberry's own execution, which subscriptions go through, use the same documents."""

    def on_parse(self) -> Iterator[None]:
        context, found = self.execution_context, self._found()
        if found.node is None:
            raise found.errors[0]
        context.graphql_document = found.node
        yield

    def on_validate(self) -> Iterator[None]:
        self.execution_context.pre_execution_errors = list(self._found().errors)
        yield

    def _found(self) -> Document:
        documents: Documents = self.execution_context.schema.documents  # type: ignore[attr-defined]
        return documents.find(self.execution_context.query or "")
