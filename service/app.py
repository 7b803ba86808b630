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

from schema.context import Context
from schema.limits.asker import Asker
from schema.limits.rate_limit import POINTS_OF_A_QUERY
from schema.transport.http import Endpoint
from schema.types.limits import Limits
from service import tracing
from service.index.artifact import Shelf
from service.index.index import Index
from service.index.loading import Loader
from service.index.refresh import Current
from service.intake.submission import Batches
from service.intake.submission import Desk
from service.intake.access import Limit
from service.intake.proof_of_work import challenge
from service.intake.access import Secret
from service.logs import configure_logs
from service.market.estimate import Estimators
from service.market.model_pool import ModelPool
from service.metrics import exposition
from service.settings import Settings
from service.sql_engine.connections import Clerks
from service.sql_engine.index import open_ledger
from service.stats.suppression import Rules
from service.store.database import Database
from service.store.rates import kept_secret
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

    current: Current
    desk: Desk
    workshop: ModelPool
    estimators: Estimators
    endpoint: Endpoint
    clerks: Clerks | None


async def welcome(request: Request) -> PlainTextResponse:
    return PlainTextResponse(WELCOME.format(url=request.base_url))


async def live(_: Request) -> PlainTextResponse:
    """That the process runs."""
    return PlainTextResponse("live\n")


async def ready(request: Request) -> PlainTextResponse:
    """That it answers, from which edition, how many newer ones it has seen, and how long ago it looked."""
    current: Current = request.state.current
    number, since = current.index.edition.number, monotonic() - current.looked
    return PlainTextResponse(f"ready with edition {number}\n{current.behind} editions behind {since:.1f} s ago\n")


async def measured(request: Request) -> Response:
    """What all serving processes have counted and timed."""
    tell(request.state.current, request.state.endpoint)
    content, kind = exposition()
    return Response(content, media_type=kind, headers={"Cache-Control": "no-store"})


async def challenge_to_solve(request: Request) -> JSONResponse:
    """A proof-of-work challenge for a submission, in ALTCHA's form."""
    desk: Desk = request.state.desk
    return JSONResponse(challenge(desk.secret, desk.proof_cost), headers={"Cache-Control": "no-store"})


def _handle(settings: Settings, url: str, size: int) -> AbstractAsyncContextManager[Database]:
    return Database.open(
        url,
        settings.reader_url,
        size=size,
        statement_seconds=settings.statement_seconds,
        prepared=settings.prepared_statements,
    )


def _clerks(settings: Settings, database: Database) -> AbstractAsyncContextManager[Clerks]:
    """As many as the process has connections; each has one of a kind."""
    handle = partial(_handle, settings, database.url, 1)
    return Clerks.open(handle, database.reader_url, settings.statement_seconds, settings.pool_size)


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The ASGI application over a migrated database; it loads the index when it starts."""

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[State]:
        async with AsyncExitStack() as opened:
            opened.enter_context(tracing.tracing())
            workshop, shelf = opened.enter_context(ModelPool.open()), Shelf.of(settings.cache_dir, database_url)
            database = await opened.enter_async_context(_handle(settings, database_url, settings.pool_size))
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
            await opened.enter_async_context(told(current, graphql))
            gc.freeze()  # a full collection would go through all that was loaded, while requests wait
            gc.set_threshold(*_COLLECTED)
            yield {
                "current": current,
                "desk": desk,
                "workshop": workshop,
                "estimators": Estimators(workshop, shelf),
                "endpoint": graphql,
                "clerks": clerks,
            }

    configure_logs()
    rules, limits = Rules(minimum=settings.minimum_records), limits_of(settings)

    def context(request: HTTPConnection, params: Mapping[str, object]) -> Context:
        asker, state = Asker(request, params, settings.proxy_hops), cast(State, request.scope["state"])
        return Context(
            state["current"],
            rules,
            limits,
            state["desk"],
            asker,
            state["workshop"],
            state["estimators"],
            state["clerks"],
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
        points_per_minute=settings.queries_per_minute * POINTS_OF_A_QUERY,
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
