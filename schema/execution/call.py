"""Calls: how a field's resolver is called, with arguments that are converted once where no variable is in them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

import strawberry
from graphql import FieldNode, GraphQLArgument, GraphQLField, Undefined, ValueNode
from graphql.execution.values import get_argument_values
from graphql.type import is_required_argument
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.execution.coercion import Unfit
from schema.execution.column import OF_ALL
from schema.execution.conversion import Conversion
from schema.execution.literal import Value, has_variables, value_of

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
    """`get` takes the object around a field and the run; its answer is to be awaited where `waits`.

    `of_all` tells the values for many objects at once, where the field is a column.
    """

    get: Callable[[Any, Run], Any]
    waits: bool = False
    of_all: Callable[[list[Any]], list[Any]] | None = None


def call_of(conversion: Conversion, defined: GraphQLField, node: FieldNode) -> Call:
    """How a field is resolved; raises Unfit for what resolvers here do not do, such as to ask for the root value."""
    asked: StrawberryField = defined.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    name, resolver = asked.python_name, asked.base_resolver
    if asked.is_basic_field:
        return Call(lambda source, _: getattr(source, name))
    if resolver is None or asked.extensions or resolver.root_parameter or resolver.parent_parameter:
        raise Unfit
    if not resolver.self_parameter:
        raise Unfit
    function = cast(Callable[..., Any], resolver.wrapped_func)
    waits = inspect.iscoroutinefunction(function)
    informed = resolver.info_parameter.name if resolver.info_parameter else None
    if not defined.args and not informed:
        return Call(lambda source, _: function(source), waits, asked.metadata.get(OF_ALL))
    keywords = _keywords(conversion, asked, defined, node)

    def get(source: Any, run: Run) -> Any:
        given = keywords(run)
        return function(source, **given, **{informed: _info(asked, run)}) if informed else function(source, **given)

    return Call(get, waits)


def _info(asked: StrawberryField, run: Run) -> Any:
    """Knows the context alone; a resolver that asks for more raises, so that graphql-core tells it all."""
    return strawberry.Info(_raw_info=SimpleNamespace(context=run.context), _field=asked)  # type: ignore[arg-type]


def _keywords(
    conversion: Conversion, asked: StrawberryField, defined: GraphQLField, node: FieldNode
) -> Callable[[Run], dict[str, Any]]:
    converted = conversion.of(asked)
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    if not any(map(has_variables, given.values())):
        constant = converted(get_argument_values(defined, node))
        return lambda _: constant
    ways = [(name, _value(argument, given.get(name))) for name, argument in defined.args.items()]

    def keywords(run: Run) -> dict[str, Any]:
        found = ((name, value(run.variables)) for name, value in ways)
        return converted({name: value for name, value in found if value is not Undefined})

    return keywords


def _value(argument: GraphQLArgument, given: ValueNode | None) -> Value:
    """What an argument comes to; Undefined leaves it out."""
    default, required = coerce_default_value(argument), is_required_argument(argument)
    if given is None:
        return lambda _: default
    told = value_of(given, argument.type)

    def value(variables: Mapping[str, Any]) -> Any:
        found = told(variables)
        if found is not Undefined:
            return found
        if required:
            raise Unfit
        return default

    return value
