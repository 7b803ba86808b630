"""The application: `create_app(settings, database_url)` wires the floors together."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from typing import TypedDict

from starlette.applications import Starlette
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute

from schema.asker import Asker
from schema.context import Context
from schema.transport import Endpoint
from service.downloads.door import download_routes
from service.intake.batching import Batches
from service.intake.contribution import Desk
from service.intake.limit import Limit
from service.intake.proof import challenge
from service.intake.secret import Secret
from service.logs import configure_logs
from service.market.disclosure import Rules
from service.market.estimators import Estimators
from service.market.workshop import Workshop
from service.page import WithEditor, built, nothing_there, page_routes
from service.rank.artifact import Shelf
from service.rank.index import Index
from service.rank.ledger import open_ledger
from service.rank.loading import Loader
from service.rank.refresh import Current
from service.settings import Settings
from service.store.clerks import Clerks
from service.store.database import Database
from service.store.rates import kept_secret

WELCOME = """PayRank: what does this work pay, and where does this pay stand?

Ask {url}graphql, a GraphQL endpoint (POST, or GET with ?query=). For example:

curl -s {url}graphql -H 'content-type: application/json' \\
  -d '{{"query": "{{ cohort {{ size stats(measure: BASE_SALARY) {{ p25 p50 p75 }} }} }}"}}'
"""


class State(TypedDict):
    """What lives as long as the application."""

    current: Current
    desk: Desk
    workshop: Workshop
    estimators: Estimators
    clerks: Clerks | None


async def welcome(request: Request) -> PlainTextResponse:
    return PlainTextResponse(WELCOME.format(url=request.base_url))


async def live(_: Request) -> PlainTextResponse:
    """That the process runs."""
    return PlainTextResponse("live\n")


async def ready(request: Request) -> PlainTextResponse:
    """That it answers, and from which edition."""
    return PlainTextResponse(f"ready with edition {request.state.current.index.edition.number}\n")


async def challenge_to_solve(request: Request) -> JSONResponse:
    """A proof-of-work challenge for a submission, in ALTCHA's form."""
    desk: Desk = request.state.desk
    return JSONResponse(challenge(desk.secret, desk.proof_cost), headers={"Cache-Control": "no-store"})


def _clerks(settings: Settings, database: Database) -> AbstractAsyncContextManager[Clerks]:
    """As many as the process has connections; each has one of a kind."""

    def handle() -> AbstractAsyncContextManager[Database]:
        return Database.open(
            database.url,
            settings.reader_url,
            size=1,
            statement_seconds=settings.statement_seconds,
            prepared=settings.prepared_statements,
        )

    return Clerks.open(handle, database.reader_url, settings.statement_seconds, settings.pool_size)


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The ASGI application over a migrated database; it loads the index when it starts."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as opened:
            workshop, shelf = opened.enter_context(Workshop.open()), Shelf.of(settings.cache_dir, database_url)
            database = await opened.enter_async_context(
                Database.open(
                    database_url,
                    settings.reader_url,
                    size=settings.pool_size,
                    statement_seconds=settings.statement_seconds,
                    prepared=settings.prepared_statements,
                )
            )
            clerks = None
            load: Callable[[], Awaitable[Index]] = Loader(database.reader_url, shelf, workshop.fit).load
            if settings.statistics == "sql":
                clerks = await opened.enter_async_context(_clerks(settings, database))
                load = partial(asyncio.to_thread, open_ledger, database.reader_url, clerks)
            current = await opened.enter_async_context(
                Current.open(database, settings.refresh_seconds, load, settings.edition_wait_seconds)
            )
            secret = Secret(settings.secret.encode() if settings.secret else await kept_secret(database))
            limit = Limit(settings.submissions_per_hour, secret)
            desk = Desk(database, secret, limit, settings.proof_cost, Batches(database))
            gc.freeze()  # a full collection would go through all that was loaded, while requests wait
            estimators = Estimators(workshop, shelf)
            yield {"current": current, "desk": desk, "workshop": workshop, "estimators": estimators, "clerks": clerks}

    configure_logs()
    rules = Rules(minimum=settings.minimum_records)

    def context(request: HTTPConnection, params: Mapping[str, object]) -> Context:
        asker = Asker(request, params, settings.proxy_hops)
        state = request.state
        return Context(state.current, rules, state.desk, asker, state.workshop, state.estimators, state.clerks)

    graphql = Endpoint(context)
    page = built()
    routes = [
        Route("/graphql", WithEditor(graphql) if page else graphql, methods=["GET", "POST"]),
        WebSocketRoute("/graphql", graphql),
        Route("/challenge", challenge_to_solve),
        Route("/health/live", live),
        Route("/health/ready", ready),
        *download_routes(settings.statement_seconds),
        *(page_routes(page) if page else [Route("/", welcome)]),
    ]
    return Starlette(routes=routes, lifespan=lifespan, exception_handlers={404: nothing_there(page)} if page else {})
