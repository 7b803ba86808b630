"""Files at a URL: downloads that continue where an earlier attempt stopped."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn
from urllib.parse import urlsplit

from service.errors import DataError, masked
from service.limits import MAX_DOWNLOAD_BYTES

if TYPE_CHECKING:
    import httpx2  # imported where it is used: it takes a third of a second

CONNECT_SECONDS, READ_SECONDS = 5.0, 30.0
"""How long a server may take to accept a connection, and between two parts of its response."""
_ATTEMPTS = 4
_LOOPBACK = ("127.0.0.1", "::1", "localhost")
_USER_AGENT = "PayRank"
DownloadProgress = Callable[[int, int | None], None]
"""Called with the number of bytes so far and in all; the latter is None if the server does not say."""


class Unreachable(DataError):
    """No connection to the server of a URL: there is no network, or the server is down."""


class _Interrupted(Exception):
    """A response ended early, for the reason that its text says."""


def is_url(file: str) -> bool:
    return file.startswith(("http://", "https://"))


def is_secure(url: str) -> bool:
    """Whether what a URL returns cannot be changed on the way: by https, or on this machine."""
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def download(
    url: str,
    path: Path,
    *,
    sha256: str | None = None,
    progress: DownloadProgress = lambda *_: None,
    read_seconds: float = READ_SECONDS,
) -> None:
    """Download a file to a path, which exists only once it is complete and has the SHA-256.

    What arrived before an interruption stays beside it, and the next attempt, in this call or a later one, asks for the rest
    if the server still has the same file. `progress` may raise to stop.

    Raises Unreachable without a connection, DataError for all other failures.
    """
    try:
        part = _Part(path, url)
        _complete(url, part, progress, read_seconds)
        if sha256 is not None:
            _check(url, part, sha256)
        part.finish(path)
    except OSError as error:
        reason = error.strerror or error
        raise DataError(f"{masked(url)} cannot be stored: {reason}. Make room for it, or set PAYRANK_CACHE_DIR.") from error


def _check(url: str, part: "_Part", sha256: str) -> None:
    with part.path.open("rb") as file:
        found = hashlib.file_digest(file, "sha256").hexdigest()
    if found != sha256:
        part.discard()
        raise DataError(
            f"{masked(url)} is not the file that this mapping was written for (its SHA-256 is {found}, not {sha256}). "
            "Nothing was imported. To import it anyway, download it and pass its path."
        )


def _complete(url: str, part: "_Part", progress: DownloadProgress, read_seconds: float) -> None:
    """Download until nothing is missing, as long as each attempt changes something."""
    import httpx2  # noqa: PLC0415 - only needed for downloads

    timeout = httpx2.Timeout(read_seconds, connect=CONNECT_SECONDS)
    headers = {"Accept-Encoding": "identity", "User-Agent": _USER_AGENT}
    with httpx2.Client(timeout=timeout, headers=headers, follow_redirects=True) as client:
        client.event_hooks["request"].append(_refuse_insecure_redirects(url))
        for attempt in range(1, _ATTEMPTS + 1):
            before = part.size
            try:
                with _errors(url, read_seconds):
                    _append(client, url, part, progress)
            except _Interrupted as error:
                if attempt < _ATTEMPTS and part.size != before:
                    continue
                continues = ": the download continues where it stopped" if part.range_headers() else ""
                raise DataError(f"{masked(url)} {error}. Try again{continues}.") from error
            return


def _refuse_insecure_redirects(url: str) -> "Callable[[httpx2.Request], None]":
    def check(request: "httpx2.Request") -> None:
        if is_secure(url) and not is_secure(str(request.url)):
            target = masked(str(request.url.copy_with(query=None)))
            raise DataError(f"{masked(url)} redirects to {target}, which is not an https address. Nothing was downloaded.")

    return check


@contextmanager
def _errors(url: str, read_seconds: float) -> Iterator[None]:
    """Raises DataError or _Interrupted for the errors of a request."""
    import httpx2  # noqa: PLC0415

    try:
        yield
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        host = urlsplit(url).netloc.rpartition("@")[2]
        raise Unreachable(f"{host} cannot be reached. Check the network.") from error
    except httpx2.ReadTimeout as error:
        raise _Interrupted(f"sent nothing for {read_seconds:g} seconds") from error
    except (httpx2.ReadError, httpx2.RemoteProtocolError) as error:
        raise _Interrupted(f"broke off ({error})") from error
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise DataError(
            f"{masked(url)} cannot be downloaded ({masked(str(error))}); try again, or download it and pass its path."
        ) from error


def _append(client: "httpx2.Client", url: str, part: "_Part", progress: DownloadProgress) -> None:
    """Append what is missing of a file, or all of it if the server has no such part."""
    with client.stream("GET", url, headers=part.range_headers()) as response:
        continues = response.headers.get("Content-Range", "").startswith(f"bytes {part.size}-")
        if response.status_code == 416 or (
            response.status_code == 206 and not continues
        ):  # the part is the whole file, or more
            part.discard()
            raise _Interrupted("has no further part of the file")
        if response.status_code not in (200, 206):
            _refuse(url, response)
        if response.status_code == 200:
            part.restart(response.headers)
        total = _total(response, part.size)
        with part.path.open("ab") as file:
            for block in response.iter_bytes():
                file.write(block)
                part.size += len(block)
                if part.size > MAX_DOWNLOAD_BYTES:
                    raise DataError(
                        f"{masked(url)} has more than {MAX_DOWNLOAD_BYTES:,} bytes; download it and pass its path."
                    )
                progress(part.size, total)
    if total is not None and part.size < total:
        raise _Interrupted(f"ended after {part.size:,} of {total:,} bytes")


def _total(response: "httpx2.Response", before: int) -> int | None:
    """The size of the whole file; None if the server does not say, or only that of its compressed form."""
    length = response.headers.get("Content-Length", "")
    encoded = response.headers.get("Content-Encoding", "identity") != "identity"
    return before + int(length) if length.isdecimal() and not encoded else None


def _refuse(url: str, response: "httpx2.Response") -> NoReturn:
    status = f"{response.status_code} {response.reason_phrase}".strip()
    if response.status_code in (401, 403, 429):
        raise DataError(f"{masked(url)} refuses the download ({status}). Download it with a browser and pass its path.")
    raise DataError(f"{masked(url)} returned {status}; check the URL.")


class _Part:
    """What has arrived of a file, and beside it the URL and the version of the file, in JSON.

    A version is a strong ETag or a date. Without one, a part is of no use in a later call.
    """

    def __init__(self, path: Path, url: str) -> None:
        self.path, self._url = path.with_name(f"{path.name}.part"), url
        self._version_path = path.with_name(f"{path.name}.part.json")
        self._version = self._stored_version()
        self.size = self.path.stat().st_size if self._version and self.path.exists() else 0
        if not self.size:
            self.discard()

    def _stored_version(self) -> str:
        try:
            stored = json.loads(self._version_path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        return str(stored.get("version", "")) if isinstance(stored, dict) and stored.get("url") == self._url else ""

    def range_headers(self) -> dict[str, str]:
        return {"Range": f"bytes={self.size}-", "If-Range": self._version} if self.size and self._version else {}

    def restart(self, headers: "httpx2.Headers") -> None:
        """Forget what has arrived, and remember the version of what comes now."""
        self.discard()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        etag = headers.get("ETag", "")
        encoded = headers.get("Content-Encoding", "identity") != "identity"
        self._version = "" if encoded else etag if etag.startswith('"') else headers.get("Last-Modified", "")
        if self._version:
            self._version_path.write_text(json.dumps({"url": self._url, "version": self._version}), encoding="utf-8")

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._version_path.unlink(missing_ok=True)
        self.size, self._version = 0, ""

    def finish(self, path: Path) -> None:
        self.path.replace(path)
        self._version_path.unlink(missing_ok=True)
