"""A web server of files, which can break off, stall, refuse and redirect as publishers' servers do."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread


@dataclass
class Served:
    """A file, and how its next responses fail: each of `breaks` is the number of bytes after which one of them ends."""

    content: bytes
    version: str | None = '"1"'
    breaks: list[int] = field(default_factory=list)
    stalls: bool = False
    status: int = 200
    location: str = ""


class FileServer(ThreadingHTTPServer):
    """Serves `files` by path; `requests` has the paths and ranges that were asked for, "" for whole files."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, Served | bytes] = {}
        self.requests: list[tuple[str, str]] = []
        self.address = f"http://127.0.0.1:{self.server_port}"
        self.stopped = Event()


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        asked = self.headers.get("Range", "")
        self.server.requests.append((self.path, asked))
        found = self.server.files.get(self.path)
        served = Served(found) if isinstance(found, bytes) else found
        if served is None or served.status >= 400:
            self.send_error(served.status if served else 404)
        elif served.location:
            self.send_response(302)
            self.send_header("Location", served.location)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._send(served, asked)

    def _send(self, served: Served, asked: str) -> None:
        resumed = re.fullmatch(r"bytes=(\d+)-", asked)
        start = int(resumed[1]) if resumed and self.headers.get("If-Range") == served.version else 0
        if start and start >= len(served.content):
            self.send_error(416)
            return
        self._send_headers(served, start)
        end = start + served.breaks.pop(0) if served.breaks else len(served.content)
        self.wfile.write(served.content[start:end])
        if served.stalls:
            self.wfile.flush()
            self.server.stopped.wait(60)

    def _send_headers(self, served: Served, start: int) -> None:
        self.send_response(206 if start else 200)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(served.content) - 1}/{len(served.content)}")
        if served.version:
            self.send_header("ETag", served.version)
        self.send_header("Content-Length", str(len(served.content) - start))
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the method it overrides
        """No log."""


@contextmanager
def file_server() -> Iterator[FileServer]:
    with FileServer() as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.stopped.set()
        server.shutdown()
        thread.join(60)
