"""The page: the built frontend, served by the same process as the API."""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit
from xml.sax.saxutils import escape

import orjson
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Receive, Scope, Send

from schema.transport.http import RequestError, error_response
from service.web.downloads.catalogue import datasets
from service.web.representation import negotiated_coding

PATHS = ("/", "/offer", "/factors", "/contribute", "/receipt", "/review")
"""The views of the page apart from /about and GraphiQL; all have the same document."""

GRAPHIQL = "/graphiql"

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""The content security policy: no third-party resources and no inline scripts or styles."""

GRAPHIQL_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""GraphiQL's editor creates styles at run time."""

INDEXED = ("/", "/offer", "/factors", "/contribute", "/about", GRAPHIQL)
"""The views that search engines may list; the others are personal."""

_NOT_INDEXED = ("/graphql", "/mcp", "/receipt", "/review", "/downloads/", "/records.")
_REVALIDATED = {"Cache-Control": "no-cache"}
_DAY = {"Cache-Control": "public, max-age=86400"}
_SITEMAP = "http://www.sitemaps.org/schemas/sitemap/0.9"
_SUFFIXES = {"br": ".br", "gzip": ".gz"}


def page_folder() -> Path | None:
    """The folder of the built page, in the installed package or in a checkout; None if it has not been built."""
    package = Path(__file__).resolve().parent
    folders = (package / "dist", package.parents[1] / "web" / "dist")
    return next((folder for folder in folders if (folder / "index.html").is_file()), None)


class Assets(StaticFiles):
    """Files with hashed names, which never change; compressed at build time, and sent so if the client accepts it."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        coding = negotiated_coding(Request(scope).headers.get("accept-encoding", ""), tuple(_SUFFIXES))
        if coding and self.lookup_path(path + _SUFFIXES[coding])[1]:
            response = await super().get_response(path + _SUFFIXES[coding], scope)
            response.headers["Content-Encoding"] = coding
            response.headers["Content-Type"] = _content_type(path)
        else:
            response = await super().get_response(path, scope)
        response.headers["Vary"] = "Accept-Encoding"
        response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response


def _content_type(path: str) -> str:
    types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".ttf": "font/ttf"}
    return types.get(Path(path).suffix, "application/octet-stream")


def _accepts_html(request: Request) -> bool:
    """Whether a browser navigates here, rather than a program that reads data."""
    return request.method in {"GET", "HEAD"} and "text/html" in request.headers.get("accept", "")


def page_routes(folder: Path) -> Sequence[BaseRoute]:
    """The document of the page at each of its paths, and its files."""

    async def document(request: Request) -> FileResponse:
        policy = GRAPHIQL_POLICY if request.url.path == GRAPHIQL else POLICY
        return FileResponse(folder / "index.html", headers={**_REVALIDATED, "Content-Security-Policy": policy})

    async def about(request: Request) -> HTMLResponse:
        found = datasets(request.state.current.index, request.state.base_url)
        html = with_json_ld((folder / "index.html").read_text(), found)
        return HTMLResponse(html, headers={**_REVALIDATED, "Content-Security-Policy": POLICY})

    async def icon(_: Request) -> FileResponse:
        return FileResponse(folder / "icon.svg", media_type="image/svg+xml", headers=_DAY)

    return [
        *(Route(path, document) for path in (*PATHS, GRAPHIQL)),
        Route("/about", about),
        *(Route(path, icon) for path in ("/icon.svg", "/favicon.ico")),
        Route("/robots.txt", robots),
        Route("/sitemap.xml", sitemap),
        Mount("/assets", Assets(directory=folder / "assets")),
    ]


async def robots(request: Request) -> PlainTextResponse:
    """What search engines may read (RFC 9309), and where the sitemap is, which needs a public address."""
    base_url = request.state.base_url
    prefix = urlsplit(base_url).path.rstrip("/")
    lines = ["User-agent: *", *(f"Disallow: {prefix}{path}" for path in _NOT_INDEXED)]
    return PlainTextResponse(
        "\n".join([*lines, *([f"Sitemap: {base_url}sitemap.xml"] if base_url else []), ""]), headers=_DAY
    )


async def sitemap(request: Request) -> Response:
    """The addresses of the views (sitemaps.org)."""
    if not request.state.base_url:
        return PlainTextResponse("A sitemap needs the public address of the service: set PAYRANK_PUBLIC_URL.\n", 404)
    addresses = (escape(f"{request.state.base_url}{path[1:]}") for path in INDEXED)
    urls = "".join(f"<url><loc>{address}</loc></url>" for address in addresses)
    xml = f'<?xml version="1.0" encoding="UTF-8"?><urlset xmlns="{_SITEMAP}">{urls}</urlset>'
    return Response(xml, media_type="application/xml", headers=_DAY)


def with_json_ld(html: str, objects: Sequence[object]) -> str:
    """The document with objects as JSON-LD in its head, which catalogues of data sets read without JavaScript."""
    blocks = (orjson.dumps(value).decode().replace("<", "\\u003c") for value in objects)
    scripts = "".join(f'<script type="application/ld+json">{block}</script>' for block in blocks)
    return html.replace("</head>", f"{scripts}</head>")


NOT_FOUND = "There is nothing at this path. The GraphQL API is at /graphql, its documentation in a browser at /graphiql.\n"


def not_found(folder: Path | None) -> Callable[[Request, Exception], Awaitable[Response]]:
    """The response to an unknown path: the page in a browser, plain text for programs, and no slash at the end."""

    async def respond(request: Request, error: Exception) -> Response:
        path = request.url.path
        if path.endswith("/") and path.rstrip("/") in {getattr(route, "path", None) for route in request.app.routes}:
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(f"{_up(path)}{path.strip('/')}{query}", 307)
        headers = {**_REVALIDATED, "Content-Security-Policy": POLICY}
        if folder and _accepts_html(request):
            html = (folder / "index.html").read_text().replace('"./', f'"./{_up(path)}')
            return HTMLResponse(html, 404, headers=headers)
        return PlainTextResponse(NOT_FOUND, 404, headers=headers)

    return respond


async def method_not_allowed(request: Request, error: Exception) -> Response:
    """The response to a method that a path does not have, with those that it has."""
    allowed = ", ".join(sorted((getattr(error, "headers", None) or {}).get("Allow", "GET, HEAD").split(", ")))
    message = f"The method {request.method[:20]} is not allowed at this path. Send {allowed.replace(', ', ' or ')}."
    found = error_response(RequestError(405, message, {"allow": allowed}))
    return Response(found.body, found.status, found.headers, f"{found.media_type}; charset=utf-8")


def _up(path: str) -> str:
    """The way from a path to the root, under whatever path a proxy serves it.

    >>> _up("/offer"), _up("/offer/"), _up("/a/b/c")
    ('', '../', '../../')
    """
    return "../" * (path.count("/") - 1)


class GraphiQLRedirect:
    """The GraphQL endpoint, which redirects browsers that navigate to it to GraphiQL."""

    def __init__(self, graphql: ASGIApp) -> None:
        self._graphql = graphql

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        has_no_query = scope["type"] == "http" and scope["method"] != "POST" and not scope["query_string"]
        if has_no_query and _accepts_html(Request(scope)):
            response = RedirectResponse(GRAPHIQL.strip("/"), 303, headers={"Cache-Control": "no-store", "Vary": "Accept"})
            return response(scope, receive, send)
        return self._graphql(scope, receive, send)
