"""The schema itself, and its SDL as committed in schema.graphql."""

from collections.abc import Awaitable, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import strawberry
from graphql import ExecutionResult as Executed
from graphql import GraphQLError, execute
from strawberry.execution.is_awaitable import optimized_is_awaitable
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult

from schema.compiled.call import Run
from schema.compiled.operation import Operation, replayed
from schema.context import Context
from schema.limits.document import Documents, Remembered
from schema.mutation import Mutation
from schema.query import Query
from schema.subscription import Subscription
from schema.types.limits import Limits
from schema.types.record import SalaryRecord
from schema.types.scalars import SCALARS

SDL = Path(__file__).with_name("schema.graphql")


class Contract(strawberry.Schema):
    """Strawberry's schema, which leaves labelling and logging of errors to `schema.failure`, and remembers documents."""

    limits = Limits()

    @cached_property
    def documents(self) -> Documents:
        return Documents(self, self.limits)

    async def answer(self, operation: Operation, variables: Mapping[str, Any], context: Context) -> ExecutionResult:
        """Execute an operation of a valid document, compiled where that can be done."""
        run, data = Run(context), None
        if operation.plan:
            try:
                data = await operation.plan.answer(run, variables)
            except Exception:  # graphql-core comes to the same error, and says where
                data = None
        return ExecutionResult(data, None) if data is not None else await self._walked(operation, variables, run)

    async def _walked(self, operation: Operation, variables: Mapping[str, Any], run: Run) -> ExecutionResult:
        """What Strawberry's `execute` comes to without its extensions, which take longer than a small query itself."""
        found = execute(
            self._schema,
            operation.document,
            variable_values=dict(variables),
            operation_name=operation.name,
            context_value=run.context,
            middleware=[replayed(run)] if run.outcomes else None,
            is_awaitable=optimized_is_awaitable,  # type: ignore[arg-type]
        )
        done = cast(Executed, await cast(Awaitable[Executed], found) if optimized_is_awaitable(found) else found)
        return ExecutionResult(data=done.data, errors=done.errors)

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        pass


def contract(limits: Limits | None = None) -> Contract:
    """Built anew for each application, since it keeps documents."""
    made = Contract(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[SalaryRecord],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[Remembered],
    )
    made.limits = limits or made.limits
    return made


def sdl() -> str:
    """The text of schema.graphql."""
    return contract().as_str() + "\n"
