"""Bare Starlette routes: the most that this stack could do. `uvicorn bench.bare:app`."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from service.web.headers import ALWAYS

LIKE_OURS = {
    **ALWAYS,
    "payrank-edition": "1",
    "x-request-id": "0123456789abcdef0123456789abcdef",
    "cache-control": "no-store",
}


async def answer(_: Request) -> JSONResponse:
    return JSONResponse({"data": {"edition": {"number": 1}}})


async def like_ours(request: Request) -> JSONResponse:
    """Reads what was asked, and sends as many headers and bytes as the answer by level has."""
    await request.body()
    return JSONResponse({"data": {"filler": "x" * 1_000}}, headers=LIKE_OURS)


METHODS = ["GET", "POST"]
app = Starlette(routes=[Route("/graphql", answer, methods=METHODS), Route("/like-ours", like_ours, methods=METHODS)])
