"""Cohorts by the parameters of a GET: `where`, JSON of a CohortFilter, and `currency`, validated as in a GraphQL query."""

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cached_property
from typing import Any, cast

import orjson
from graphql import GraphQLError, OperationDefinitionNode, get_variable_values, parse

from schema.compiled.arguments import ArgumentConverters
from schema.compiled.internals import core_schema, strawberry_field
from schema.context import Context
from schema.errors import labelled
from schema.limits.document import OperationRejected, check_values
from schema.schema import PayRankSchema
from schema.transport.http import JSON, RequestError, Response, query_parameters
from schema.types.inputs import filter_of
from schema.types.scalars import USD
from service.counts import joined
from service.errors import InputError
from service.market.cohort import Cohort, cohort_of
from service.vocabulary.measures import Adjustment

_OPERATION = "query ($where: CohortFilter, $currency: Currency) { cohort(where: $where, currency: $currency) { size } }"
_PARAMETERS = ("where", "currency")
_EXAMPLE = 'Write a CohortFilter such as {"level": ["SENIOR"]}, percent-encoded.'
_MAX_ERRORS = 50


class CohortRequests:
    """Reads cohorts by the types of a schema."""

    def __init__(self, schema: PayRankSchema) -> None:
        self._schema = schema

    @cached_property
    def _operation(self) -> OperationDefinitionNode:
        return cast(OperationDefinitionNode, parse(_OPERATION).definitions[0])

    @cached_property
    def _converters(self) -> Mapping[str, Any]:
        """For each argument of the field `cohort` its conversion, None if it needs none."""
        query = core_schema(self._schema).query_type
        field = query and strawberry_field(query.fields["cohort"])
        assert field
        return {name: convert for name, _, convert in ArgumentConverters(self._schema).arguments(field)}

    def cohort(self, query_string: bytes, context: Context) -> Cohort:
        """The cohort of a query string. Raises RequestError, OperationRejected or InputError."""
        values = _parameters(query_string, context.limits.body_bytes)
        variables = {name: _json(text) if name == "where" else text for name, text in values.items()}
        check_values(variables, context.limits)
        found = get_variable_values(
            core_schema(self._schema), self._operation.variable_definitions or (), variables, _MAX_ERRORS
        )
        if isinstance(found, list):
            raise OperationRejected(found)
        where, currency = (self._converted(name, found.coerced.get(name)) for name in _PARAMETERS)
        return cohort_of(context.index, filter_of(where), currency or USD, Adjustment.NONE, context.rules)

    def _converted(self, name: str, value: Any) -> Any:
        convert = self._converters[name]
        return value if value is None or convert is None else convert(value)


def _parameters(query_string: bytes, max_bytes: int) -> Mapping[str, str]:
    if len(query_string) > max_bytes:
        raise RequestError(414, f"The address is too long; the maximum is {max_bytes:,} bytes. Filter by fewer codes.")
    values = query_parameters(query_string)
    for name in values.keys() - set(_PARAMETERS):
        near = get_close_matches(name, _PARAMETERS, 1)
        hint = f"Did you mean {near[0]}?" if near else f"The parameters are {joined(_PARAMETERS, 'and')}."
        raise InputError(f"There is no parameter {name[:40]!r}. {hint}", suggestions=near)
    return values


def _json(text: str) -> object:
    try:
        return orjson.loads(text)  # refuses NaN and very deep nesting
    except orjson.JSONDecodeError as error:
        raise InputError(f"`where` is not valid JSON: {error}. {_EXAMPLE}", ("where",)) from error


def rejected_response(error: OperationRejected | InputError) -> Response:
    """The response to invalid parameters: the errors of a query, without locations, as the client sent no document."""
    errors = error.errors if isinstance(error, OperationRejected) else [GraphQLError(str(error), original_error=error)]
    found = [{"message": one.message, "extensions": one.extensions} for one in map(labelled, errors)]
    return Response(400, orjson.dumps({"errors": found}), JSON)
