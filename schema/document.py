"""Documents: what clients ask with, parsed and validated once however often it is asked."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import strawberry
from graphql import DocumentNode, GraphQLError, OperationDefinitionNode, parse, validate
from strawberry.extensions import SchemaExtension

from schema.execution.operation import Operation

MOST_TOKENS, REMEMBERED = 1_000, 500


@dataclass(frozen=True)
class Document:
    """A document, or what is wrong with it; `node` is None where it could not even be parsed.

    `operations` are by name; one without has the name None.
    """

    node: DocumentNode | None
    errors: Sequence[GraphQLError]
    operations: Mapping[str | None, Operation]

    def operation(self, name: str | None) -> Operation | None:
        """The operation with a name, or the only one there is; None when there is no such."""
        if name is None:
            return next(iter(self.operations.values())) if len(self.operations) == 1 else None
        return self.operations.get(name)


class Documents:
    """The documents last asked with, by their text."""

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self._known: OrderedDict[str, Document] = OrderedDict()

    def find(self, text: str) -> Document:
        found = self._known.get(text)
        if found is None:
            found = self._known[text] = self._read(text)
            if len(self._known) > REMEMBERED:
                self._known.popitem(last=False)
        else:
            self._known.move_to_end(text)
        return found

    def _read(self, text: str) -> Document:
        try:
            node = parse(text, max_tokens=MOST_TOKENS)
        except GraphQLError as error:
            return Document(None, (error,), {})
        operations = {
            part.name.value if part.name else None: Operation(self._schema, node, part)
            for part in node.definitions
            if isinstance(part, OperationDefinitionNode)
        }
        return Document(node, tuple(validate(self._schema._schema, node)), operations)


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
