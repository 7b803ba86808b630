"""The page: the built frontend, served beside the API that it asks."""

from collections.abc import Sequence
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

PATHS = ("/", "/offer", "/factors", "/contribute", "/receipt", "/review", "/about")
"""What the page shows views at; each is answered with the same document."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; font-src 'self'; "
    "connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Nothing from elsewhere and nothing inline."""

EDITOR_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'").replace(
    "font-src 'self'", "font-src 'self' data:"
)
"""GraphiQL's editor cannot do without inline styles."""

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-cache",
}


def built() -> Path | None:
    """Where the built page lies: in the installed package, or in a checkout; None where it was not built."""
    here = Path(__file__).resolve().parent
    folders = (here / "web", here.parent / "web" / "dist")
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
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response


def _type_of(path: str) -> str:
    types = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".ttf": "font/ttf"}
    return types.get(Path(path).suffix, "application/octet-stream")


def page_routes(folder: Path) -> Sequence[BaseRoute]:
    """The page's document at every path of it, and its files."""

    async def document(request: Request) -> FileResponse:
        policy = EDITOR_POLICY if request.url.path == "/graphiql" else POLICY
        return FileResponse(folder / "index.html", headers={**_HEADERS, "Content-Security-Policy": policy})

    async def icon(_: Request) -> FileResponse:
        return FileResponse(folder / "icon.svg", headers={"Cache-Control": "public, max-age=86400"})

    return [
        *(Route(path, document) for path in (*PATHS, "/graphiql")),
        Route("/icon.svg", icon),
        Mount("/assets", Assets(directory=folder / "assets")),
    ]
