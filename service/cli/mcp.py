"""`payrank mcp`: the MCP server over standard input and output."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

import httpx2
import typer
from mcp.server.stdio import stdio_server

from service.app import create_app
from service.cli.database import server
from service.mcp.server import mcp_server
from service.settings import Settings, load_settings


def mcp(
    url: Annotated[
        str, typer.Option(help="Ask the service at this address, such as https://pay.example.org, instead of the database.")
    ] = "",
) -> None:
    """Serve tools for language models over standard input and output (Model Context Protocol)."""
    if url:
        asyncio.run(_serve_address(url))
        return
    settings = load_settings()
    with server(settings) as database_url:
        asyncio.run(_serve_database(settings.model_copy(update={"queries_per_minute": 0}), database_url))


async def _serve_address(url: str) -> None:
    async with httpx2.AsyncClient(base_url=url, timeout=60) as api:
        await _serve(api)


async def _serve_database(settings: Settings, database_url: str) -> None:
    app = create_app(settings, database_url)
    async with app.router.lifespan_context(app) as state:

        async def with_state(scope: Any, receive: Any, send: Any) -> None:
            await app({**scope, "state": state}, receive, send)

        transport = httpx2.ASGITransport(app=with_state)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as api:
            await _serve(api)


async def _serve(api: httpx2.AsyncClient) -> None:
    @asynccontextmanager
    async def shared(_: object) -> AsyncIterator[httpx2.AsyncClient]:
        yield api

    mcp_over_stdio = mcp_server(shared)
    async with stdio_server() as (incoming, outgoing):
        await mcp_over_stdio.run(incoming, outgoing, mcp_over_stdio.create_initialization_options())
