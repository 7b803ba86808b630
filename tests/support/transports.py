"""The transports of an operation, with or without a bearer token."""

import json
from collections.abc import Callable
from typing import Any

from starlette.testclient import TestClient

from support.uvicorn_server import PROTOCOL

Json = dict[str, Any]
Transport = Callable[..., Json]


def by_post(client: TestClient, token: str | None, query: str, variables: Json) -> Json:
    headers = {"authorization": f"Bearer {token}"} if token else {}
    response = client.post("/graphql", json={"query": query, "variables": variables}, headers=headers)
    return dict(response.json(), status=response.status_code)


def by_get(client: TestClient, token: str | None, query: str, variables: Json) -> Json:
    headers = {"authorization": f"bearer {token}"} if token else {}  # the scheme is case-insensitive
    response = client.get("/graphql", params={"query": query, "variables": json.dumps(variables)}, headers=headers)
    return dict(response.json(), status=response.status_code)


def by_socket(client: TestClient, token: str | None, query: str, variables: Json) -> Json:
    """With the token in `connection_init`, as a page in a browser must."""
    return _socket(client, {}, {"authorization": f"Bearer {token}"} if token else {}, query, variables)


def by_handshake(client: TestClient, token: str | None, query: str, variables: Json) -> Json:
    """With the token in the header of the handshake."""
    return _socket(client, {"authorization": f"Bearer {token}"} if token else {}, None, query, variables)


def _socket(client: TestClient, headers: dict[str, str], params: Json | None, query: str, variables: Json) -> Json:
    with client.websocket_connect("/graphql", [PROTOCOL], headers=headers) as socket:
        socket.send_json({"type": "connection_init", **({"payload": params} if params is not None else {})})
        assert socket.receive_json() == {"type": "connection_ack"}
        socket.send_json({"type": "subscribe", "id": "1", "payload": {"query": query, "variables": variables}})
        message = socket.receive_json()
    assert message["type"] == "next", message
    return dict(message["payload"])


TRANSPORTS = (by_post, by_get, by_socket, by_handshake)
