"""A bare Starlette route that answers with JSON: the most that this stack could do. `uvicorn bench.bare:app`."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route


async def answer(_: Request) -> JSONResponse:
    return JSONResponse({"data": {"edition": {"number": 1}}})


app = Starlette(routes=[Route("/graphql", answer, methods=["GET", "POST"])])
