"""The application: `create_app(settings, database_url)` wires the layers together."""

import asyncio
import gc
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from functools import cache, partial
from typing import TypedDict, cast

import structlog
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute

from schema.context import Client, Context
from schema.schema import SDL
from schema.transport.endpoint import Endpoint
from schema.transport.origins import OriginPolicy
from service.index.artifact import IndexStore
from service.index.index import Index
from service.index.refresh import CurrentIndex, IndexLoader
from service.intake.access import Secret
from service.intake.contribution_rules import ContributionRules
from service.intake.proof_of_work import challenge
from service.intake.submission import IntakeServices
from service.logs import configure_logs
from service.market.estimate import Estimators
from service.market.model_pool import ModelPool
from service.mcp.endpoint import McpEndpoint
from service.settings import Settings
from service.sql_engine.connections import SqlThreadPool
from service.sql_engine.selection import open_sql_index
from service.stats.suppression import SuppressionRules
from service.store.access import installation_secret
from service.store.database import Database
from service.telemetry import exported_traces, traces_wanted
from service.web.downloads.routes import download_routes
from service.web.downloads.sending import document
from service.web.downloads.stored import StoredFiles
from service.web.feed import editions_atom
from service.web.health import health_routes, updated_gauges
from service.web.middleware import (
    AccessLogMiddleware,
    NetworkLimitMiddleware,
    OriginMiddleware,
    SecurityHeadersMiddleware,
    TraceMiddleware,
)
from service.web.page import GraphiQLRedirect, method_not_allowed, not_found, page_folder, page_routes
from service.web.public_address import LoopbackHostMiddleware, PublicAddressMiddleware
from service.web.representation import RepresentationMiddleware

log = structlog.get_logger()
_GC_THRESHOLDS = 50_000, 20, 100
"""Objects allocated before a garbage collection of the youngest generation, and so on. Python's default is 700, 10, 10,
which at a million records took twice the time of everything else in a page of records."""

WELCOME = """PayRank shows what machine-learning jobs pay and how any salary compares.

The GraphQL endpoint is {url}/graphql (POST, or GET with ?query=). For example:

curl -s {url}/graphql -H 'content-type: application/json' \\
  -d '{{"query": "{{ cohort {{ size stats(measure: BASE_SALARY) {{ p25 p50 p75 }} }} }}"}}'
"""


LLMS = """# PayRank

> Pay of machine-learning engineers and the roles around them: salary records, exact percentiles by any factor, offers. Every
> figure has its sample size, confidence interval, cautions and citation; too small a sample has no figure.

## For language models

- [MCP]({url}mcp): tools by POST (streamable HTTP): search_values, pay_summary, compare_groups, pay_trend, benchmark_offer,
  estimate_pay, official_wages, read_title

## API

- [GraphQL]({url}graphql): POST, or GET with ?query=. Introspection is on. Example:
  {{ cohort(where: {{level: [SENIOR]}}) {{ stats(measure: BASE_SALARY) {{ p25 p50 p75 count }} citation {{ text }} }} }}
- [Schema]({url}schema.graphql): every field with its description
- [Whole data]({url}downloads): published records as CSV and Parquet
- [Records of a cohort]({url}records.csv): also .parquet and .jsonl; ?where= takes a CohortFilter as JSON, ?currency= a code
- [Editions]({url}editions.atom): an Atom feed

## For people

- [Explore]({url}): pay for any filter
- [GraphiQL]({url}graphiql): try queries
"""


class AppState(TypedDict):
    """Objects with the lifetime of the application."""

    current: CurrentIndex
    intake: IntakeServices
    model_pool: ModelPool
    estimators: Estimators
    endpoint: Endpoint
    sql_threads: SqlThreadPool | None
    stored_files: StoredFiles
    base_url: str


def create_app(settings: Settings, database_url: str) -> Starlette:
    """The ASGI application over a migrated database; it loads the index when it starts."""
    configure_logs()
    rules, limits = SuppressionRules(min_records=settings.minimum_records), settings.limits

    def context_of(request: HTTPConnection, params: Mapping[str, object]) -> Context:
        client = Client(request, params, settings.proxy_hops, settings.base_url)
        state = cast(AppState, request.scope["state"])
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

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[AppState]:
        async with AsyncExitStack() as stack:
            try:
                state = await stack.enter_async_context(_opened(settings, database_url, endpoint))
                await stack.enter_async_context(mcp.opened())
            except Exception:  # whose message Starlette would log
                log.exception("startup.failed")
                raise
            gc.freeze()  # a full collection would traverse everything that has been loaded, while requests wait
            gc.set_threshold(*_GC_THRESHOLDS)
            yield state

    origins = OriginPolicy(settings.origins, local=settings.is_local)
    share = Middleware(NetworkLimitMiddleware, hops=settings.proxy_hops, max_per_network=settings.connections_per_network)
    endpoint = Endpoint(context_of, limits, origins, settings.proxy_hops, settings.compiled_execution)
    mcp = McpEndpoint(endpoint, origins=origins, body_bytes=limits.body_bytes)
    public_url, hops = settings.public_url or "", settings.proxy_hops
    app = Starlette(
        routes=_routes(settings, endpoint, mcp),
        middleware=[
            Middleware(SecurityHeadersMiddleware, hops=hops, is_public_over_tls=public_url.startswith("https:")),
            *_host_checks(settings),
            Middleware(OriginMiddleware, policy=origins),  # before the access log, whose errors other sites may read too
            Middleware(AccessLogMiddleware, log_all=settings.log_requests),
            *([Middleware(TraceMiddleware)] if traces_wanted() else []),
            *([share] if hops and settings.connections_per_network else []),
            Middleware(RepresentationMiddleware),
        ],
        lifespan=lifespan,
        exception_handlers={404: not_found(page_folder()), 405: method_not_allowed},
    )
    app.router.redirect_slashes = False  # it would redirect to the host of the request
    return app


def _host_checks(settings: Settings) -> Sequence[Middleware]:
    if settings.public_url:
        return [Middleware(PublicAddressMiddleware, url=settings.public_url)]
    return [Middleware(LoopbackHostMiddleware, address=settings.address)] if settings.is_local else []


def _routes(settings: Settings, endpoint: Endpoint, mcp: McpEndpoint) -> Sequence[BaseRoute]:
    """The endpoint is first: matching the others takes as long as a small query."""
    folder = page_folder()
    return [
        Route("/graphql", GraphiQLRedirect(endpoint) if folder else endpoint),
        WebSocketRoute("/graphql", endpoint),
        Route("/mcp", mcp, methods=["POST"]),
        Route("/llms.txt", llms_txt),
        Route("/schema.graphql", schema_graphql),
        Route("/editions.atom", editions_atom),
        Route("/challenge", new_challenge),
        *health_routes(settings.metrics),
        *download_routes(settings.statement_seconds, settings.proxy_hops),
        *(page_routes(folder) if folder else [Route("/", partial(welcome, url=settings.address))]),
    ]


async def welcome(_: Request, *, url: str) -> PlainTextResponse:
    """How to query the API, if the page has not been built."""
    return PlainTextResponse(WELCOME.format(url=url))


async def llms_txt(request: Request) -> PlainTextResponse:
    """What the service offers, for language models (llmstxt.org)."""
    return PlainTextResponse(LLMS.format(url=request.state.base_url or "./"))


@cache
def _sdl() -> bytes:
    return SDL.read_bytes()


async def schema_graphql(request: Request) -> Response:
    """The GraphQL schema in its schema definition language."""
    return document(request, _sdl(), "text/plain; charset=utf-8")


async def new_challenge(request: Request) -> JSONResponse:
    """A proof-of-work challenge for a submission, in ALTCHA's format."""
    intake: IntakeServices = request.state.intake
    return JSONResponse(challenge(intake.secret, intake.proof_cost), headers={"Cache-Control": "no-store"})


@asynccontextmanager
async def _opened(settings: Settings, database_url: str, endpoint: Endpoint) -> AsyncIterator[AppState]:
    """Opens everything that the application needs, and closes it at exit."""
    async with AsyncExitStack() as stack:
        stack.enter_context(exported_traces())
        model_pool, store = stack.enter_context(ModelPool.open()), IndexStore.of(settings.cache_dir, database_url)
        database = await stack.enter_async_context(_database(settings, database_url, settings.pool_size))
        await database.check()
        sql_threads = None
        load: Callable[[], Awaitable[Index]] = IndexLoader(database.reader_url, store, model_pool.fit).load
        if settings.statistics == "sql":
            sql_threads = await stack.enter_async_context(_sql_threads(settings, database))
            load = partial(asyncio.to_thread, open_sql_index, database.reader_url, sql_threads)
        current = await stack.enter_async_context(
            CurrentIndex.open(database, settings.refresh_seconds, load, settings.edition_wait_seconds)
        )
        secret = Secret(settings.secret.encode() if settings.secret else await installation_secret(database))
        per_hour, proof_cost = settings.submissions_per_hour, settings.proof_cost
        intake = IntakeServices.create(
            database,
            secret,
            settings.journal_dir,
            per_hour=per_hour,
            proof_cost=proof_cost,
            rules=_contribution_rules(settings),
        )
        await intake.journal.get()  # raises an error now, rather than with the first withdrawal
        await intake.key.get()  # so that the first submission need not wait for it
        await stack.enter_async_context(updated_gauges(current, endpoint))
        yield {
            "current": current,
            "intake": intake,
            "model_pool": model_pool,
            "estimators": Estimators(model_pool, store, database.has_lost),
            "endpoint": endpoint,
            "sql_threads": sql_threads,
            "stored_files": await stack.enter_async_context(StoredFiles(store).opened(current)),
            "base_url": settings.base_url,
        }


def _contribution_rules(settings: Settings) -> ContributionRules:
    return ContributionRules(
        settings.contributions == "invited", settings.class_size, settings.employer_classes, settings.release_days
    )


def _database(settings: Settings, url: str, size: int) -> AbstractAsyncContextManager[Database]:
    return Database.open(url, size=size, **settings.database_options)


def _sql_threads(settings: Settings, database: Database) -> AbstractAsyncContextManager[SqlThreadPool]:
    """As many threads as the process has connections."""
    connect = partial(_database, settings, database.url, 1)
    return SqlThreadPool.open(connect, database.reader_url, settings.statement_seconds, settings.pool_size)
