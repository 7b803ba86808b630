"""Arguments and variables, compiled: constants are converted once, so that a request only fills in its variables.

An argument takes three steps from a request to its resolver, each of which has a class or function here:

1. `InputTypes` coerces the JSON of variables as graphql-core's `coerce_input_value` does.
2. `literal_value` evaluates a value in the document as graphql-core's `coerce_input_literal` does.
3. `ArgumentConverters` makes instances of input classes as Strawberry's `convert_arguments` does.

These functions raise for anything they do not handle, and graphql-core executes the operation and reports the error.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import strawberry
from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLInputType,
    GraphQLLeafType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLSchema,
    GraphQLString,
    ListValueNode,
    ObjectValueNode,
    Undefined,
    ValueNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    is_required_input_field,
    type_from_ast,
    visit,
)
from graphql.type import is_required_argument
from strawberry.relay import GlobalID
from strawberry.types.base import StrawberryList, StrawberryMaybe, StrawberryOptional, has_object_definition
from strawberry.types.field import StrawberryField
from strawberry.types.lazy_type import LazyType

from schema.compiled.internals import argument_names, coerce_default_value, coerce_input_literal, input_fields

Coerce = Callable[[Any], Any]
Value = Callable[[Mapping[str, Any]], Any]
"""Evaluates with the coerced variables of a request; Undefined if it is a variable without a value."""
Convert = Callable[[Any], Any]
"""Takes a value that is not null."""


class NotCompilable(Exception):
    """Compiled execution does not handle this; graphql-core does."""


class InputTypes:
    """Compiles, once for each input type of a schema, the function that coerces its JSON."""

    def __init__(self) -> None:
        self._objects: dict[str, Coerce] = {}

    def coercion(self, type_: GraphQLInputType) -> Coerce:
        """A function from JSON to a Python value, which raises for anything invalid."""
        if isinstance(type_, GraphQLNonNull):
            return _not_null(self._of_present(type_.of_type))
        coerce = self._of_present(type_)
        return lambda value: None if value is None else coerce(value)

    def _of_present(self, type_: Any) -> Coerce:
        """For a value that is not null."""
        if isinstance(type_, GraphQLList):
            return _list_coercion(self.coercion(type_.of_type))
        if isinstance(type_, GraphQLInputObjectType):
            return self._of_object(type_)
        return _leaf_coercion(type_)

    def _of_object(self, type_: GraphQLInputObjectType) -> Coerce:
        name = type_.name
        if name not in self._objects:
            self._objects[name] = lambda value: self._objects[name](value)  # noqa: PLW0108 (a type may contain itself)
            self._objects[name] = self._compile_object(type_)
        return self._objects[name]

    def _compile_object(self, type_: GraphQLInputObjectType) -> Coerce:
        if type_.is_one_of:
            raise NotCompilable
        fields = {name: self._compile_field(field, name) for name, field in type_.fields.items()}
        required = _required_fields(type_)

        def coerce(value: Any) -> Any:
            if value.__class__ is not dict or not required <= value.keys():
                raise NotCompilable
            coerced = {}
            for name, item in value.items():
                python_name, not_null, coerce_item = fields[name]
                if item is not None:
                    coerced[python_name] = coerce_item(item)
                elif not_null:
                    raise NotCompilable
                else:
                    coerced[python_name] = None
            return type_.out_type(coerced)

        return coerce

    def _compile_field(self, field: GraphQLInputField, name: str) -> tuple[str, bool, Coerce]:
        """The name in Python, whether null is refused, and the coercion of a value."""
        type_: Any = field.type
        not_null = isinstance(type_, GraphQLNonNull)
        return field.out_name or name, not_null, self._of_present(type_.of_type if not_null else type_)


def _required_fields(type_: GraphQLInputObjectType) -> set[str]:
    """Fields without a default; the defaults of the others come from the class that the object is converted to."""
    return {name for name, field in type_.fields.items() if is_required_input_field(field)}


def _not_null(coerce: Coerce) -> Coerce:
    def coerce_present(value: Any) -> Any:
        if value is None:
            raise NotCompilable
        return coerce(value)

    return coerce_present


def _list_coercion(coerce_item: Coerce) -> Coerce:
    """A value that is not a list counts as a list of one."""

    def coerce(value: Any) -> list[Any]:
        return [coerce_item(item) for item in value] if value.__class__ is list else [coerce_item(value)]

    return coerce


def _leaf_coercion(type_: GraphQLLeafType) -> Coerce:
    if isinstance(type_, GraphQLEnumType):
        return {name: type_.coerce_input_value(name) for name in type_.values}.__getitem__
    if type_ is GraphQLString:
        return _coerce_string
    return type_.coerce_input_value


def _coerce_string(value: Any) -> str:
    if value.__class__ is not str:
        raise NotCompilable
    return value


def variables_coercion(
    schema: GraphQLSchema, types: InputTypes, definitions: Iterable[VariableDefinitionNode] | None
) -> Callable[[Mapping[str, Any]], dict[str, Any]]:
    """A function that coerces the variables of an operation; those without a value or a default are left out."""
    signatures = []
    for definition in definitions or ():
        type_: Any = type_from_ast(schema, definition.type)
        default = coerce_input_literal(definition.default_value, type_) if definition.default_value else Undefined
        required = isinstance(type_, GraphQLNonNull)
        signatures.append((definition.variable.name.value, types.coercion(type_), default, required))

    def coerce(values: Mapping[str, Any]) -> dict[str, Any]:
        coerced = {}
        for name, coerce_value, default, required in signatures:
            if name in values:
                coerced[name] = coerce_value(values[name])
            elif default is not Undefined:
                coerced[name] = default
            elif required:
                raise NotCompilable
        return coerced

    return coerce


def literal_value(node: ValueNode, type_: GraphQLInputType) -> Value:
    """A value in a document. Raises NotCompilable if it is invalid, at once or when it is evaluated."""
    if not has_variables(node):
        constant = coerce_input_literal(node, type_)
        if constant is Undefined:
            raise NotCompilable
        return lambda _: constant
    if isinstance(node, VariableNode):
        return _variable_value(node.name.value, isinstance(type_, GraphQLNonNull))
    inner: Any = type_.of_type if isinstance(type_, GraphQLNonNull) else type_
    if isinstance(inner, GraphQLList):
        return _list_value(node.values if isinstance(node, ListValueNode) else (node,), inner.of_type)
    if isinstance(inner, GraphQLInputObjectType) and isinstance(node, ObjectValueNode) and not inner.is_one_of:
        return _object_value(node, inner)
    raise NotCompilable  # a scalar that takes objects, with a variable in one


def _variable_value(name: str, required: bool) -> Value:
    def evaluate(variables: Mapping[str, Any]) -> Any:
        value = variables.get(name, Undefined)
        if value is None and required:
            raise NotCompilable
        return value

    return evaluate


def _list_value(nodes: tuple[ValueNode, ...], type_: GraphQLInputType) -> Value:
    items = [literal_value(node, type_) for node in nodes]
    required = isinstance(type_, GraphQLNonNull)

    def evaluate(variables: Mapping[str, Any]) -> list[Any]:
        values = [item(variables) for item in items]
        if Undefined in values:
            if required:
                raise NotCompilable
            return [None if value is Undefined else value for value in values]
        return values

    return evaluate


def _object_value(node: ObjectValueNode, type_: GraphQLInputObjectType) -> Value:
    required = _required_fields(type_)
    nodes = {field.name.value: field.value for field in node.fields}
    if not required <= nodes.keys():
        raise NotCompilable
    fields = [
        (type_.fields[name].out_name or name, literal_value(value, type_.fields[name].type), name in required)
        for name, value in nodes.items()
    ]

    def evaluate(variables: Mapping[str, Any]) -> Any:
        values = {}
        for name, field, is_required in fields:
            value = field(variables)
            if value is not Undefined:
                values[name] = value
            elif is_required:
                raise NotCompilable
        return type_.out_type(values)

    return evaluate


class _VariableSearch(Visitor):
    found = False

    def enter_variable(self, *_: object) -> None:
        self.found = True


def has_variables(node: ValueNode) -> bool:
    search = _VariableSearch()
    visit(node, search)
    return search.found


class ArgumentConverters:
    """Compiles, once for each input class of a schema, the function that makes its instances.

    Strawberry's `convert_arguments` inspects every type again for each call.
    """

    def __init__(self, schema: strawberry.Schema) -> None:
        self._schema = schema
        self._objects: dict[type, Convert] = {}

    def arguments(self, field: StrawberryField) -> Iterator[tuple[str, str, Convert | None]]:
        """For each argument its name in GraphQL, its name in Python, and its conversion; None if it needs none."""
        for name, python_name, type_ in argument_names(self._schema, field):
            yield name, python_name, self._conversion(type_)

    def _conversion(self, type_: Any) -> Convert | None:
        if isinstance(type_, StrawberryMaybe) or type_ is GlobalID:
            raise NotCompilable
        if isinstance(type_, LazyType):
            return self._conversion(type_.resolve_type())
        if isinstance(type_, StrawberryOptional):
            return self._conversion(type_.of_type)
        if isinstance(type_, StrawberryList):
            return _list_conversion(self._conversion(type_.of_type))
        return self._of_object(type_) if has_object_definition(type_) else None

    def _of_object(self, type_: type) -> Convert:
        if type_ not in self._objects:
            self._objects[type_] = lambda value: self._objects[type_](value)  # noqa: PLW0108 (a type may contain itself)
            self._objects[type_] = self._compile_object(type_)
        return self._objects[type_]

    def _compile_object(self, class_: type) -> Convert:
        found = input_fields(self._schema, class_)
        if found is None:
            raise NotCompilable
        fields = list(found)
        conversions = {field.name: (field.python_name, self._conversion(field.type_)) for field in fields}
        missing = {field.python_name: None for field in fields if field.optional}

        def convert(values: Mapping[str, Any]) -> Any:
            """The class fills in defaults, those of the schema included."""
            arguments: dict[str, Any] = dict(missing)
            for name, value in values.items():
                python_name, convert_value = conversions[name]
                arguments[python_name] = value if convert_value is None or value is None else convert_value(value)
            return class_(**arguments)

        return convert


def _list_conversion(convert_item: Convert | None) -> Convert | None:
    if convert_item is None:
        return None
    return lambda values: [None if value is None else convert_item(value) for value in values]


def split_arguments(
    converters: ArgumentConverters, definition: StrawberryField, field: GraphQLField, nodes: Mapping[str, ValueNode]
) -> tuple[dict[str, Any], list[tuple[str, Value]]]:
    """By name in Python, the arguments that are constant, and those to evaluate with the variables of each request."""
    constant, variable = {}, []
    for name, python_name, convert in converters.arguments(definition):
        node = nodes.get(name)
        value = _converted(_argument_value(field.args[name], node), convert)
        if node is not None and has_variables(node):
            variable.append((python_name, value))
        elif (found := value({})) is not Undefined:
            constant[python_name] = found
    return constant, variable


def _argument_value(argument: GraphQLArgument, node: ValueNode | None) -> Value:
    """The value of an argument; Undefined leaves it out."""
    default, required = coerce_default_value(argument), is_required_argument(argument)
    if node is None:
        return lambda _: default
    value_of = literal_value(node, argument.type)

    def evaluate(variables: Mapping[str, Any]) -> Any:
        value = value_of(variables)
        if value is not Undefined:
            return value
        if required:
            raise NotCompilable
        return default

    return evaluate


def _converted(value_of: Value, convert: Convert | None) -> Value:
    if convert is None:
        return value_of

    def evaluate(variables: Mapping[str, Any]) -> Any:
        value = value_of(variables)
        return value if value is None or value is Undefined else convert(value)

    return evaluate
