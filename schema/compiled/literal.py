"""Values in documents, compiled: what is constant is coerced once, so that a request only puts its variables in."""

from collections.abc import Callable, Mapping
from typing import Any

from graphql import (
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLList,
    GraphQLNonNull,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableNode,
    Visitor,
    visit,
)
from graphql.utilities.coerce_input_value import coerce_input_literal

from schema.compiled.coercion import Unfit, required_fields

Value = Callable[[Mapping[str, Any]], Any]
"""Takes the variables of a request, which are coerced; Undefined where it is a variable that has no value."""


def value_of(node: ValueNode, type_: GraphQLInputType) -> Value:
    """As graphql-core's `coerce_input_literal`; raises Unfit, or has the function raise it, for what is not valid."""
    if not has_variables(node):
        constant = coerce_input_literal(node, type_)
        if constant is Undefined:
            raise Unfit
        return lambda _: constant
    if isinstance(node, VariableNode):
        return _variable(node.name.value, isinstance(type_, GraphQLNonNull))
    inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        return _list(node.values if isinstance(node, ListValueNode) else (node,), inner.of_type)
    if isinstance(inner, GraphQLInputObjectType) and isinstance(node, ObjectValueNode) and not inner.is_one_of:
        return _object(node, inner)
    raise Unfit  # a scalar that takes objects, with a variable in one


def _variable(name: str, required: bool) -> Value:
    def value(variables: Mapping[str, Any]) -> Any:
        found = variables.get(name, Undefined)
        if found is None and required:
            raise Unfit
        return found

    return value


def _list(nodes: tuple[ValueNode, ...], type_: GraphQLInputType) -> Value:
    items = [value_of(node, type_) for node in nodes]
    required = isinstance(type_, GraphQLNonNull)

    def value(variables: Mapping[str, Any]) -> list[Any]:
        found = [item(variables) for item in items]
        if Undefined in found:
            if required:
                raise Unfit
            return [None if one is Undefined else one for one in found]
        return found

    return value


def _object(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Value:
    required = required_fields(type_)
    given = {part.name.value: part.value for part in node.fields}
    if not required <= given.keys():
        raise Unfit
    ways = [
        (type_.fields[name].out_name or name, value_of(part, type_.fields[name].type), name in required)
        for name, part in given.items()
    ]

    def value(variables: Mapping[str, Any]) -> Any:
        done = {}
        for name, part, needed in ways:
            found = part(variables)
            if found is not Undefined:
                done[name] = found
            elif needed:
                raise Unfit
        return type_.out_type(done)

    return value


class _Variables(Visitor):
    found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def has_variables(node: ValueNode) -> bool:
    looking = _Variables()
    visit(node, looking)
    return looking.found
