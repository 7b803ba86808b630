"""The schema itself, and its SDL as committed in schema.graphql."""

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import strawberry
from graphql import ExecutionResult as CoreResult
from graphql import Executor, create_source_event_stream, execute, execute_subscription_event
from strawberry.schema.config import StrawberryConfig
from strawberry.types.execution import ExecutionResult

from schema.compiled.fields import Run
from schema.compiled.internals import core_schema, drop_new_directive_locations, is_awaitable
from schema.compiled.operation import Operation, pausing_middleware, replay_middleware
from schema.context import Context
from schema.limits.document import Documents, OperationRejected
from schema.mutation import Mutation
from schema.query import Query
from schema.subscription import Subscription
from schema.types.record import SalaryRecord
from schema.types.scalars import SCALARS
from service.limits import Limits

SDL = Path(__file__).with_name("schema.graphql")


class PayRankSchema(strawberry.Schema):
    """Strawberry's schema with a cache of documents and compiled execution.

    `compiled` turns compiled execution on or off: without it graphql-core executes every operation.
    """

    limits = Limits()
    compiled = True

    @cached_property
    def documents(self) -> Documents:
        return Documents(self, self.limits)

    async def execute_operation(
        self, operation: Operation, variables: Mapping[str, Any], context: Context
    ) -> ExecutionResult:
        """Executes an operation of a valid document by its compiled plan, or by graphql-core if it has none."""
        run, plan = Run(context), operation.plan if self.compiled else None
        if plan:
            try:
                return ExecutionResult(await plan.execute(run, variables), None)
            except Exception:  # graphql-core raises the same error, with its position
                pass
        return await self.execute_core(operation, variables, run)

    async def execute_core(self, operation: Operation, variables: Mapping[str, Any], run: Run) -> ExecutionResult:
        """Executes an operation by graphql-core, without Strawberry's extensions: they take longer than a small query."""
        found = execute(
            core_schema(self),
            operation.document,
            variable_values=dict(variables),
            operation_name=operation.name,
            context_value=run.context,
            middleware=[*([replay_middleware(run)] if run.outcomes else []), pausing_middleware],
            is_awaitable=is_awaitable,  # type: ignore[arg-type]
        )
        return await _awaited_result(found)

    async def events(
        self, operation: Operation, variables: Mapping[str, Any], context: Context
    ) -> AsyncGenerator[Callable[[], Awaitable[ExecutionResult]], None]:
        """The events of a subscription, each as a function that executes it. Raises OperationRejected."""
        executor = Executor.build(
            core_schema(self),
            operation.document,
            raw_variable_values=dict(variables),
            operation_name=operation.name,
            context_value=context,
            middleware=[pausing_middleware],
            is_awaitable=is_awaitable,  # type: ignore[arg-type]
        )
        if not isinstance(executor, Executor):
            raise OperationRejected(executor)
        source: Any = create_source_event_stream(executor)
        if is_awaitable(source):
            source = await source
        if isinstance(source, CoreResult):
            raise OperationRejected(source.errors or [])
        async with aclosing(source) as events:
            async for event in events:
                yield partial(_execute_event, executor.build_per_event_executor(event))
                del event  # or it would be kept until the next one, which may take days


async def _execute_event(executor: Executor[Any]) -> ExecutionResult:
    return await _awaited_result(execute_subscription_event(executor))


async def _awaited_result(found: Any) -> ExecutionResult:
    result: CoreResult = await found if is_awaitable(found) else found
    return ExecutionResult(data=result.data, errors=result.errors)


def build_schema(limits: Limits | None = None, compiled: bool = True) -> PayRankSchema:
    """A schema with its own cache of documents."""
    schema = PayRankSchema(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[SalaryRecord],
        config=StrawberryConfig(scalar_map=SCALARS),
    )
    drop_new_directive_locations(schema)
    schema.limits, schema.compiled = limits or schema.limits, compiled
    return schema


def sdl() -> str:
    """The text of schema.graphql."""
    return build_schema().as_str() + "\n"
