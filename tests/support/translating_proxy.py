"""A proxy in front of PostgreSQL that translates its notices, as a server with another `lc_messages` does.

It replaces the fields that a server translates: the severity, the message and its detail. All other fields are the server's.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from urllib.parse import parse_qs, urlsplit

_NOTICE = b"N"


@asynccontextmanager
async def translating(url: str, texts: Mapping[str, str]) -> AsyncIterator[str]:
    """The URL of the proxy of a server; `texts` has a translation by the type of a field: S, M and D."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        server_reader, server_writer = await _connect(url)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            await asyncio.gather(_copy(reader, server_writer), _translate(server_reader, writer, texts))
        for one in (writer, server_writer):
            one.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    parts = urlsplit(url)
    async with server:
        yield f"postgresql://{parts.username}:{parts.password}@127.0.0.1:{port}{parts.path}?sslmode=disable"


async def _connect(url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    parts = urlsplit(url)
    options = parse_qs(parts.query)
    if parts.hostname:
        return await asyncio.open_connection(parts.hostname, parts.port or 5432)
    return await asyncio.open_unix_connection(f"{options['host'][0]}/.s.PGSQL.{options['port'][0]}")


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1 << 16):
        writer.write(data)
        await writer.drain()
    writer.close()


async def _translate(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, texts: Mapping[str, str]) -> None:
    while True:
        kind, size = struct.unpack("!cI", await reader.readexactly(5))
        body = await reader.readexactly(size - 4)
        if kind == _NOTICE:
            fields = [field.decode() for field in body.rstrip(b"\0").split(b"\0")]
            body = b"".join(f"{field[0]}{texts.get(field[0], field[1:])}\0".encode() for field in fields) + b"\0"
        writer.write(struct.pack("!cI", kind, len(body) + 4) + body)
        await writer.drain()
