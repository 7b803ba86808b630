"""Calls: how a field's resolver is called, with arguments that are converted once where no variable is in them."""

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple, cast

from graphql import FieldNode, GraphQLArgument, GraphQLField, Undefined, ValueNode
from graphql.type import is_required_argument
from graphql.utilities.coerce_input_value import coerce_default_value
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

from schema.compiled.coercion import Unfit
from schema.compiled.column import COLUMN, Column
from schema.compiled.conversion import Conversion, Convert
from schema.compiled.literal import Value, has_variables, value_of

Path = tuple[Any, str | int] | None
"""A place in the answer: the place around it, and the key or the number in that."""


@dataclass(slots=True)
class Run:
    """One execution: its context, its coerced variables, and what asynchronous resolvers came to by their place.

    Resolvers get it for `strawberry.Info`. It knows the context alone; one that asks for more raises, so that graphql-core
    tells it all.
    """

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

    `alone` is the same where the object is all that it takes; it may be a `column` then.
    """

    get: Callable[[Any, Run], Any]
    waits: bool = False
    alone: Callable[[Any], Any] | None = None
    column: Column | None = None


def call_of(conversion: Conversion, defined: GraphQLField, node: FieldNode) -> Call:
    """How a field is resolved; raises Unfit for what resolvers here do not do, such as to ask for the root value."""
    asked: StrawberryField = defined.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]
    resolver = asked.base_resolver
    if asked.is_basic_field:
        return _alone(attrgetter(asked.python_name))
    if resolver is None or asked.extensions or resolver.root_parameter or resolver.parent_parameter:
        raise Unfit
    if not resolver.self_parameter:
        raise Unfit
    function = cast(Callable[..., Any], resolver.wrapped_func)
    waits = inspect.iscoroutinefunction(function)
    informed = resolver.info_parameter.name if resolver.info_parameter else None
    fixed, varying = _arguments(conversion, asked, defined, node)
    if not fixed and not varying and not informed:
        return _alone(function, waits, asked.metadata.get(COLUMN))
    if not varying and not informed:
        return _alone(partial(function, **fixed), waits)

    def get(source: Any, run: Run) -> Any:
        given = dict(fixed)
        if informed:
            given[informed] = run
        for name, value in varying:
            found = value(run.variables)
            if found is not Undefined:
                given[name] = found
        return function(source, **given)

    return Call(get, waits)


def _alone(function: Callable[[Any], Any], waits: bool = False, column: Column | None = None) -> Call:
    return Call(lambda source, _: function(source), waits, function, column)


def _arguments(
    conversion: Conversion, asked: StrawberryField, defined: GraphQLField, node: FieldNode
) -> tuple[dict[str, Any], list[tuple[str, Value]]]:
    """By their names in Python, what arguments come to, and how those come to something that have variables in them."""
    given = {argument.name.value: argument.value for argument in node.arguments or ()}
    fixed, varying = {}, []
    for name, python, convert in conversion.of(asked):
        value = _converted(_value(defined.args[name], given.get(name)), convert)
        if name in given and has_variables(given[name]):
            varying.append((python, value))
        elif (found := value({})) is not Undefined:
            fixed[python] = found
    return fixed, varying


def _converted(value: Value, convert: Convert | None) -> Value:
    if convert is None:
        return value

    def converted(variables: Mapping[str, Any]) -> Any:
        found = value(variables)
        return found if found is None or found is Undefined else convert(found)

    return converted


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
