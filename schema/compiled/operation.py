"""Operations: one that a document asks for, compiled where that can be done."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import strawberry
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    GraphQLResolveInfo,
    OperationDefinitionNode,
    Visitor,
    visit,
)
from graphql.utilities import value_from_ast_untyped
from strawberry.types.graphql import OperationType

from schema.compiled.call import Path, Run
from schema.compiled.coercion import Coercion, Unfit, variables
from schema.compiled.completion import Field, answered
from schema.compiled.selection import Selections
from schema.limits.points import Points

PERSONAL = frozenset({"submission", "reviewQueue", "estimatePay"})
"""Fields whose answer depends on who asks, or on when: an estimate may be of the edition before while the next is fitted."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A compiled operation."""

    coerce: Callable[[Mapping[str, Any]], dict[str, Any]]
    fields: tuple[Field, ...]

    def answer(self, run: Run, given: Mapping[str, Any]) -> Awaitable[dict[str, Any]]:
        """The data; raises, anything, where graphql-core is to answer."""
        run.variables = self.coerce(given)
        return answered(self.fields, None, run, None)


@dataclass(frozen=True)
class Operation:
    """One operation of a valid document."""

    schema: strawberry.Schema
    document: DocumentNode
    node: OperationDefinitionNode
    points: Points

    def cost(self, given: Mapping[str, Any]) -> int:
        """Points with the variables of a request."""
        return self.points.value({**self._defaults, **given}) if self.points.parts else self.points.fixed

    @cached_property
    def _defaults(self) -> Mapping[str, Any]:
        return {
            definition.variable.name.value: value_from_ast_untyped(definition.default_value)
            for definition in self.node.variable_definitions or ()
            if definition.default_value
        }

    @property
    def name(self) -> str | None:
        return self.node.name.value if self.node.name else None

    @cached_property
    def kind(self) -> OperationType:
        return OperationType(self.node.operation.value)

    @cached_property
    def public(self) -> bool:
        """Whether anybody gets the same answer of an edition: a query that names none of the fields in PERSONAL."""
        looking = _Personal()
        visit(self.document, looking)
        return self.kind is OperationType.QUERY and not looking.found

    @cached_property
    def plan(self) -> Plan | None:
        """None for what graphql-core executes: subscriptions, introspection, directives."""
        core = self.schema._schema
        root = core.get_root_type(self.node.operation)
        if root is None or self.kind is OperationType.SUBSCRIPTION or self.node.directives:
            return None
        fragments = {d.name.value: d for d in self.document.definitions if isinstance(d, FragmentDefinitionNode)}
        try:
            fields = Selections(self.schema, fragments).fields(root, [self.node.selection_set])
            return Plan(variables(core, Coercion(), self.node.variable_definitions), fields)
        except Unfit:
            return None


class _Personal(Visitor):
    found = False

    def enter_field(self, node: FieldNode, *_: object) -> None:
        self.found = self.found or node.name.value in PERSONAL


def replayed(run: Run) -> Callable[..., Any]:
    """Middleware for graphql-core: what asynchronous resolvers came to stands, so that nothing is written or waited for
    twice."""
    known = {_keys(path): (found, error) for path, found, error in run.outcomes}

    def resolve(following: Callable[..., Any], source: Any, info: GraphQLResolveInfo[Any], **arguments: Any) -> Any:
        path = tuple(info.path.as_list())
        if path not in known:
            return following(source, info, **arguments)
        found, error = known[path]
        if error:
            raise error
        return found

    return resolve


def _keys(path: Path) -> tuple[str | int, ...]:
    """
    >>> _keys((((None, "nodes"), 2), "label"))
    ('nodes', 2, 'label')
    """
    return () if path is None else (*_keys(path[0]), path[1])
