"""Documents: what clients ask with, parsed and validated once however often it is asked."""

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphql import DocumentNode, GraphQLError, GraphQLSchema, OperationDefinitionNode, get_operation_ast, parse, validate
from strawberry.extensions import SchemaExtension
from strawberry.types.graphql import OperationType

MOST_TOKENS, REMEMBERED = 1_000, 500


@dataclass(frozen=True, slots=True)
class Document:
    """A document, or what is wrong with it; `node` is None where it could not even be parsed."""

    node: DocumentNode | None
    errors: Sequence[GraphQLError]

    def kind(self, operation_name: str | None) -> OperationType | None:
        """What the operation with a name is, or the only one without; None when there is no such."""
        found = get_operation_ast(self.node, operation_name) if self.node else None
        return OperationType(found.operation.value) if found else None

    @property
    def operations(self) -> list[str]:
        """The names of all operations."""
        nodes = self.node.definitions if self.node else ()
        return [node.name.value for node in nodes if isinstance(node, OperationDefinitionNode) and node.name]


class Documents:
    """The documents last asked with, by their text."""

    def __init__(self, schema: GraphQLSchema) -> None:
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
            return Document(None, (error,))
        return Document(node, tuple(validate(self._schema, node)))


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
