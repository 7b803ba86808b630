"""The ways in which an operation can be sent, with a bearer token or without."""

import json
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from support.uvicorn_server import PROTOCOL

Answer = dict[str, Any]
Ways = Callable[..., Answer]


def by_post(client: TestClient, token: str | None, query: str, variables: Answer) -> Answer:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    response = client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return dict(response.json(), status=response.status_code)


def by_get(client: TestClient, token: str | None, query: str, variables: Answer) -> Answer:
    headers = {"authorization": f"bearer {token}"} if token else {}  # the name of the scheme has no case
    response = client.get("/graphql", params={"query": query, "variables": json.dumps(variables)}, headers=headers)
    return dict(response.json(), status=response.status_code)


def by_socket(client: TestClient, token: str | None, query: str, variables: Answer) -> Answer:
    """With the token in `connection_init`, as a page in a browser must."""
    return _socket(client, {}, {"authorization": f"Bearer {token}"} if token else {}, query, variables)


def by_handshake(client: TestClient, token: str | None, query: str, variables: Answer) -> Answer:
    """With the token in the header of the handshake."""
    return _socket(client, {"authorization": f"Bearer {token}"} if token else {}, None, query, variables)


def _socket(client: TestClient, headers: dict[str, str], params: Answer | None, query: str, variables: Answer) -> Answer:
    with client.websocket_connect("/graphql", [PROTOCOL], headers=headers) as socket:
        socket.send_json({"type": "connection_init", **({"payload": params} if params is not None else {})})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}})
        message = socket.receive_json()
    assert message["type"] == "next", message
    return dict(message["payload"])


WAYS = (by_post, by_get, by_socket, by_handshake)
