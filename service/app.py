"""The application: `create_app(settings, database_url)` wires the floors together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypedDict

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from schema.context import Context
from schema.transport import Endpoint
from service.logs import configure_logs
from service.market.disclosure import Rules
from service.rank.refresh import Current
from service.settings import Settings
from service.store.database import Database

WELCOME = """PayRank: what does this work pay, and where does this pay stand?

Ask {url}graphql, a GraphQL endpoint (POST, or GET with ?query=). For example:

curl -s {url}graphql -H 'content-type: application/json' \\
  -d '{{"query": "{{ cohort {{ size stats(measure: BASE_SALARY) {{ p25 p50 p75 }} }} }}"}}'
"""


class State(TypedDict):
    """What lives as long as the application."""

    current: Current


async def welcome(request: Request) -> PlainTextResponse:
    return PlainTextResponse(WELCOME.format(url=request.base_url))


async def live(_: Request) -> PlainTextResponse:
    """That the process runs."""
    return PlainTextResponse("live\n")


async def ready(request: Request) -> PlainTextResponse:
    """That it answers, and from which edition."""
    return PlainTextResponse(f"ready with edition {request.state.current.index.edition.number}\n")


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The ASGI application over a migrated database; it loads the index when it starts."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        opened = Database.open(
            database_url,
            size=settings.pool_size,
            statement_seconds=settings.statement_seconds,
            prepared=settings.prepared_statements,
        )
        async with opened as database, Current.open(database, settings.refresh_seconds) as current:
            yield {"current": current}

    configure_logs()
    rules = Rules(minimum=settings.minimum_records)

    def context(request: HTTPConnection) -> Context:
        current: Current = request.state.current
        return Context(current.index, current.database, rules)

    routes = [
        Route("/", welcome),
        Route("/graphql", Endpoint(context), methods=["GET", "POST"]),
        Route("/health/live", live),
        Route("/health/ready", ready),
    ]
    return Starlette(routes=routes, lifespan=lifespan)
