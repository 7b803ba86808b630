"""Calls: how a field's resolver is called, with arguments that are converted once where no variable is in them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import strawberry
from graphql import ArgumentNode, FieldNode, GraphQLArgument, GraphQLField, Undefined, VariableNode, Visitor, visit
from graphql.execution.values import VariableValues, get_argument_values
from graphql.type import is_required_argument
from graphql.utilities.coerce_input_value import coerce_default_value, coerce_input_literal
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.arguments import convert_arguments
from strawberry.types.field import StrawberryField

from schema.execution.coercion import Unfit

Path = tuple[Any, str | int] | None
"""A place in the answer: the place around it, and the key or the number in that."""


@dataclass(slots=True)
class Run:
    """One execution: its context, its coerced variables, and what asynchronous resolvers came to by their place."""

    context: Any
    variables: Mapping[str, Any] = field(default_factory=dict)
    outcomes: list[tuple[Path, Any, Exception | None]] = field(default_factory=list)

    async def settle(self, path: Path, awaited: Any) -> Any:
        try:
            found = await awaited
        except Exception as error:
            self.outcomes.append((path, None, error))
            raise
        self.outcomes.append((path, found, None))
        return found


class Call(NamedTuple):
    """`get` takes the object around a field and the run; its answer is to be awaited where `waits`."""

    get: Callable[[Any, Run], Any]
    waits: bool


def call_of(schema: strawberry.Schema, defined: GraphQLField, node: FieldNode) -> Call:
    """How a field is resolved; raises Unfit for what resolvers here do not do, such as to ask for the root value."""
    asked: StrawberryField = defined.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    name, resolver = asked.python_name, asked.base_resolver
    if asked.is_basic_field:
        return Call(lambda source, _: getattr(source, name), False)
    if resolver is None or asked.extensions or resolver.root_parameter or resolver.parent_parameter:
        raise Unfit
    if not resolver.self_parameter:
        raise Unfit
    function = cast(Callable[..., Any], resolver.wrapped_func)
    waits = inspect.iscoroutinefunction(function)
    informed = resolver.info_parameter.name if resolver.info_parameter else None
    if not defined.args and not informed:
        return Call(lambda source, _: function(source), waits)
    keywords = _keywords(schema, asked, defined, node)

    def get(source: Any, run: Run) -> Any:
        given = keywords(run)
        return function(source, **given, **{informed: _info(asked, run)}) if informed else function(source, **given)

    return Call(get, waits)


def _info(asked: StrawberryField, run: Run) -> Any:
    """Knows the context alone; a resolver that asks for more raises, so that graphql-core tells it all."""
    return strawberry.Info(_raw_info=SimpleNamespace(context=run.context), _field=asked)  # type: ignore[arg-type]


def _keywords(
    schema: strawberry.Schema, asked: StrawberryField, defined: GraphQLField, node: FieldNode
) -> Callable[[Run], dict[str, Any]]:
    converter = schema.schema_converter

    def converted(values: dict[str, Any]) -> dict[str, Any]:
        return convert_arguments(values, asked.arguments, converter.scalar_registry, schema.config)

    if not _has_variables(node):
        constant = converted(get_argument_values(defined, node))
        return lambda _: constant
    given = {argument.name.value: argument for argument in node.arguments or ()}
    ways = [(name, _value(argument, given.get(name))) for name, argument in defined.args.items()]

    def keywords(run: Run) -> dict[str, Any]:
        found = ((name, value(run.variables)) for name, value in ways)
        return converted({name: value for name, value in found if value is not Undefined})

    return keywords


def _value(argument: GraphQLArgument, given: ArgumentNode | None) -> Callable[[Mapping[str, Any]], Any]:
    """What an argument comes to; Undefined leaves it out."""
    default, required = coerce_default_value(argument), is_required_argument(argument)
    if given is None:
        return lambda _: default
    node = given.value

    def value(variables: Mapping[str, Any]) -> Any:
        if isinstance(node, VariableNode) and not required and node.name.value not in variables:
            return default
        found = coerce_input_literal(node, argument.type, VariableValues({}, dict(variables)))
        if found is Undefined:
            raise Unfit
        return found

    return value


class _Variables(Visitor):
    found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def _has_variables(node: FieldNode) -> bool:
    looking = _Variables()
    for argument in node.arguments or ():
        visit(argument, looking)
    return looking.found
