"""The application: `create_app(settings, database_url)` wires the floors together."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import partial
from time import monotonic
from typing import TypedDict, cast

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from schema.context import Client, Context

from service.limits import POINTS_PER_QUERY
from schema.transport.endpoint import Endpoint
from schema.types.limits import Limits
from service import tracing
from service.index.artifact import IndexStore
from service.index.index import Index
from service.index.refresh import IndexLoader
from service.index.refresh import CurrentIndex
from service.intake.submission import IntakeServices
from service.intake.proof_of_work import challenge
from service.intake.access import Secret
from service.logs import configure_logs
from service.market.estimate import Estimators
from service.market.model_pool import ModelPool
from service.metrics import exposition
from service.settings import Settings
from service.sql_engine.connections import SqlThreadPool
from service.sql_engine.selection import open_sql_index
from service.stats.suppression import SuppressionRules
from service.store.database import Database
from service.store.access import installation_secret
from service.web.compression import LEAST, Compression
from service.web.downloads.door import download_routes
from service.web.gauges import tell, told
from service.web.headers import SecurityHeaders
from service.web.page import WithEditor, built, nothing_there, page_routes
from service.web.shortcut import Shortcut
from service.web.traced import Traced
from service.web.watch import Watch

_COLLECTED = 50_000, 20, 100
"""Objects more before the youngest are looked through for cycles, and so on: by default 700, 10, 10, which at a million
records took twice the time of all else in a page of them."""

_SENT = ("Authorization", "Content-Type", "If-None-Match", "PayRank-Minimum-Edition", "X-Request-ID")
_READ = ("ETag", "PayRank-Edition", "RateLimit", "RateLimit-Policy", "Retry-After", "X-Request-ID")
"""Headers that pages of other sites may send, and read."""

WELCOME = """PayRank: what does this work pay, and where does this pay stand?

Ask {url}graphql, a GraphQL endpoint (POST, or GET with ?query=). For example:

curl -s {url}graphql -H 'content-type: application/json' \\
  -d '{{"query": "{{ cohort {{ size stats(measure: BASE_SALARY) {{ p25 p50 p75 }} }} }}"}}'
"""


class State(TypedDict):
    """What lives as long as the application."""

    current: CurrentIndex
    intake: IntakeServices
    model_pool: ModelPool
    estimators: Estimators
    endpoint: Endpoint
    sql_threads: SqlThreadPool | None


async def welcome(request: Request) -> PlainTextResponse:
    return PlainTextResponse(WELCOME.format(url=request.base_url))


async def live(_: Request) -> PlainTextResponse:
    """That the process runs."""
    return PlainTextResponse("live\n")


async def ready(request: Request) -> PlainTextResponse:
    """That it answers, from which edition, how many newer ones it has seen, and how long ago it looked."""
    current: CurrentIndex = request.state.current
    number, since = current.index.edition.number, monotonic() - current.checked_at
    return PlainTextResponse(f"ready with edition {number}\n{current.editions_behind} editions behind {since:.1f} s ago\n")


async def measured(request: Request) -> Response:
    """What all serving processes have counted and timed."""
    tell(request.state.current, request.state.endpoint)
    content, kind = exposition()
    return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})


async def challenge_to_solve(request: Request) -> JSONResponse:
    """A proof-of-work challenge for a submission, in ALTCHA's form."""
    intake: IntakeServices = request.state.intake
    return JSONResponse(challenge(intake.secret, intake.proof_cost), headers={"Cache-Control": "no-store"})


def _handle(settings: Settings, url: str, size: int) -> AbstractAsyncContextManager[Database]:
    return Database.open(
        url,
        settings.reader_url,
        size=size,
        statement_seconds=settings.statement_seconds,
        prepared=settings.prepared_statements,
    )


def _sql_threads(settings: Settings, database: Database) -> AbstractAsyncContextManager[SqlThreadPool]:
    """As many as the process has connections; each has one of a kind."""
    handle = partial(_handle, settings, database.url, 1)
    return SqlThreadPool.open(handle, database.reader_url, settings.statement_seconds, settings.pool_size)


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The ASGI application over a migrated database; it loads the index when it starts."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as opened:
            opened.enter_context(tracing.tracing())
            model_pool, shelf = opened.enter_context(ModelPool.open()), IndexStore.of(settings.cache_dir, database_url)
            database = await opened.enter_async_context(_handle(settings, database_url, settings.pool_size))
            sql_threads = None
            load: Callable[[], Awaitable[Index]] = IndexLoader(database.reader_url, shelf, model_pool.fit).load
            if settings.statistics == "sql":
                sql_threads = await opened.enter_async_context(_sql_threads(settings, database))
                load = partial(asyncio.to_thread, open_sql_index, database.reader_url, sql_threads)
            current = await opened.enter_async_context(
                CurrentIndex.open(database, settings.refresh_seconds, load, settings.edition_wait_seconds)
            )
            secret = Secret(settings.secret.encode() if settings.secret else await installation_secret(database))
            per_hour, proof_cost = settings.submissions_per_hour, settings.proof_cost
            intake = IntakeServices.over(database, secret, per_hour=per_hour, proof_cost=proof_cost)
            await opened.enter_async_context(told(current, graphql))
            gc.freeze()  # a full collection would go through all that was loaded, while requests wait
            gc.set_threshold(*_COLLECTED)
            yield {
                "current": current,
                "intake": intake,
                "model_pool": model_pool,
                "estimators": Estimators(model_pool, shelf),
                "endpoint": graphql,
                "sql_threads": sql_threads,
            }

    configure_logs()
    rules, limits = SuppressionRules(min_records=settings.minimum_records), limits_of(settings)

    def context(request: HTTPConnection, params: Mapping[str, object]) -> Context:
        client, state = Client(request, params, settings.proxy_hops), cast(State, request.scope["state"])
        return Context(
            state["current"],
            rules,
            limits,
            state["intake"],
            client,
            state["model_pool"],
            state["estimators"],
            state["sql_threads"],
        )

    origins = settings.origins.split(",") if settings.origins else []
    graphql = Endpoint(context, limits, origins, settings.proxy_hops)
    page = built()
    routes = [
        Route("/challenge", challenge_to_solve),
        Route("/health/live", live),
        Route("/health/ready", ready),
        *([Route("/metrics", measured)] if settings.metrics else []),
        *download_routes(settings.statement_seconds),
        *(page_routes(page) if page else [Route("/", welcome)]),
    ]
    return Starlette(
        routes=routes,
        middleware=[
            Middleware(SecurityHeaders, hops=settings.proxy_hops),
            *([_for_pages_of(origins)] if origins else []),  # what the watch answers by itself is for them too
            Middleware(Watch, every=settings.log_requests),
            *([Middleware(Traced, straight="/graphql")] if tracing.wanted() else []),
            Middleware(Compression, minimum_size=LEAST),
            Middleware(Shortcut, path="/graphql", to=WithEditor(graphql) if page else graphql),
        ],
        lifespan=lifespan,
        exception_handlers={404: nothing_there(page)} if page else {},
    )


def limits_of(settings: Settings) -> Limits:
    return Limits(
        depth=settings.max_depth,
        aliases=settings.max_aliases,
        tokens=settings.max_tokens,
        characters=settings.max_characters,
        values=settings.max_values,
        directives=settings.max_directives,
        operations=settings.max_operations,
        cost=settings.max_cost,
        body_bytes=settings.body_bytes,
        page_size=settings.max_page,
        statement_seconds=settings.statement_seconds,
        request_seconds=settings.request_seconds,
        concurrent_requests=settings.concurrent_requests,
        queued_requests=settings.queued_requests,
        points_per_minute=settings.queries_per_minute * POINTS_PER_QUERY,
        message_bytes=settings.message_bytes,
        concurrent_operations=settings.concurrent_operations,
        init_seconds=settings.init_seconds,
        sockets=settings.sockets,
        sockets_per_network=settings.sockets_per_network,
    )


def _for_pages_of(origins: Sequence[str]) -> Middleware:
    """Lets pages of other sites ask (CORS). There are no cookies, so nothing is done in anybody's name."""
    return Middleware(
        CORSMiddleware, allow_origins=origins, allow_methods=["GET", "POST"], allow_headers=_SENT, expose_headers=_READ
    )
