"""How many sockets may be open, and whose pages may open them."""

import json

import pytest
import websockets
from support.uvicorn_server import connected, listener, opened, served

from schema.limits.crowd import Crowd, Crowded
from service.app import create_app
from service.settings import load_settings


def test_a_network_has_so_many_sockets_and_room_again_when_one_closes() -> None:
    crowd = Crowd(2, 3)
    with crowd.room("a"):
        with crowd.room("a"), pytest.raises(Crowded, match="Your network has 2 sockets open"), crowd.room("a"):
            pass
        with crowd.room("a"), crowd.room("b"), pytest.raises(Crowded, match="The service has"), crowd.room("c"):
            pass
    with crowd.room("a"), crowd.room("a"):
        pass


async def test_one_socket_too_many_is_refused_at_its_handshake(url: str) -> None:
    with listener() as listening, served(create_app(load_settings(sockets_per_network=2), url), listening):
        port = listening.getsockname()[1]
        async with connected(port), opened(port):
            with pytest.raises(websockets.InvalidStatus) as refused:
                async with opened(port):
                    pass
            response = refused.value.response
            assert (response.status_code, response.headers["retry-after"]) == (429, "60")
            [error] = json.loads(response.body)["errors"]
            assert error["extensions"] == {"code": "RATE_LIMITED"}


async def test_origins_that_are_named_open_sockets(url: str) -> None:
    with listener() as listening, served(create_app(load_settings(origins="https://jobs.example"), url), listening):
        port = listening.getsockname()[1]
        async with opened(port, Origin="https://jobs.example") as client:
            await client.send(type="ping")
            assert await client.receive() == {"type": "pong"}
        with pytest.raises(websockets.InvalidStatus):
            async with opened(port, Origin="https://jobs.example.evil.example"):
                pass
