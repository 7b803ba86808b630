"""The page: the built frontend, served beside the API that it asks."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from service.web.downloads.catalogue import datasets

PATHS = ("/", "/offer", "/factors", "/contribute", "/receipt", "/review")
"""What the page shows views at, beside /about and the editor; each is answered with the same document."""

EDITOR = "/graphiql"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere and nothing inline."""

EDITOR_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""GraphiQL's editor makes styles as it goes; for all else it does with what is served from here."""

_FRESH = {"Cache-Control": "no-cache"}


def built() -> Path | None:
    """Where the built page lies: in the installed package, or in a checkout; None where it was not built."""
    here = Path(__file__).resolve().parent
    folders = (here / "dist", here.parents[1] / "web" / "dist")
    return next((folder for folder in folders if (folder / "index.html").is_file()), None)


class Assets(StaticFiles):
    """Files with hashed names, which never change; each is sent as it was compressed at build time where that is taken."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        accepted = Request(scope).headers.get("accept-encoding", "")
        for encoding, ending in (("br", ".br"), ("gzip", ".gz")):
            if encoding in accepted and self.lookup_path(path + ending)[1]:
                response = await super().get_response(path + ending, scope)
                response.headers["Content-Encoding"] = encoding
                response.headers["Content-Type"] = _type_of(path)
                break
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _type_of(path: str) -> str:
    types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".ttf": "font/ttf"}
    return types.get(Path(path).suffix, "application/octet-stream")


def _for_people(request: Request) -> bool:
    """Whether a browser asks for something to show, rather than a program for something to read."""
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", "")


def page_routes(folder: Path) -> Sequence[BaseRoute]:
    """The page's document at every path of it, and its files."""

    async def document(request: Request) -> FileResponse:
        policy = EDITOR_POLICY if request.url.path == EDITOR else POLICY
        return FileResponse(folder / "index.html", headers={**_FRESH, "Content-Security-Policy": policy})

    async def about(request: Request) -> HTMLResponse:
        text = described((folder / "index.html").read_text(), datasets(request.state.current.index, str(request.base_url)))
        return HTMLResponse(text, headers={**_FRESH, "Content-Security-Policy": POLICY})

    async def icon(_: Request) -> FileResponse:
        return FileResponse(folder / "icon.svg", headers={"Cache-Control": "public, max-age=86400"})

    return [
        *(Route(path, document) for path in (*PATHS, EDITOR)),
        Route("/about", about),
        Route("/icon.svg", icon),
        Mount("/assets", Assets(directory=folder / "assets")),
    ]


def described(document: str, told: Sequence[object]) -> str:
    """The document with what it tells to catalogues of data sets: read without JavaScript, and never run as a script."""
    blocks = (orjson.dumps(one).decode().replace("<", "\\u003c") for one in told)
    return document.replace(
        "</head>", "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks) + "</head>"
    )


def nothing_there(folder: Path) -> Callable[[Request, Exception], Awaitable[Response]]:
    """What is answered where there is nothing: the page, which says so, to people, and a word to programs."""

    async def answer(request: Request, error: Exception) -> Response:
        headers = {**_FRESH, "Content-Security-Policy": POLICY}
        if _for_people(request):
            return FileResponse(folder / "index.html", 404, headers=headers)
        return PlainTextResponse("Not Found\n", 404, headers=headers)

    return answer


class WithEditor:
    """The endpoint of GraphQL, from where people who look at it in a browser get to the editor; programs notice nothing."""

    def __init__(self, graphql: ASGIApp) -> None:
        self._graphql = graphql

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        asks_nothing = scope["type"] == "http" and scope["method"] != "POST" and not scope["query_string"]
        if asks_nothing and _for_people(Request(scope)):
            answer = RedirectResponse(EDITOR, 303, headers={"Cache-Control": "no-store", "Vary": "Accept"})
            return answer(scope, receive, send)
        return self._graphql(scope, receive, send)
