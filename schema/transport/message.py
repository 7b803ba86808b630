"""What clients send: messages of the protocol graphql-transport-ws, and what no query may hold."""

import re
from collections.abc import Mapping

MOST_ID = 100
_LONG_NUMBER = re.compile(r"\d{400}")
_TYPES = ("connection_init", "ping", "pong", "subscribe", "complete")


def flaw_of_query(query: str) -> str | None:
    """What makes a query one that cannot even be read."""
    if _LONG_NUMBER.search(query):
        return "A number in the query has over 400 digits; no amount is that large."
    return None


def flaw_of_message(message: object) -> str | None:
    """What makes something no message of the protocol; None of one that is."""
    if not isinstance(message, dict):
        return "A message is a JSON object with a type."
    kind, payload = message.get("type"), message.get("payload")
    if kind not in _TYPES:
        return f"The type of a message is one of {', '.join(_TYPES)}."
    if kind in ("subscribe", "complete") and not _is_id(message.get("id")):
        return f"The id of a {kind} message is a string of 1 to {MOST_ID} characters."
    if kind == "subscribe":
        return _flaw_of_request(payload)
    if kind != "complete" and not isinstance(payload, dict | None):
        return f"The payload of a {kind} message is an object, where there is one."
    return None


def _is_id(id_: object) -> bool:
    return isinstance(id_, str) and 0 < len(id_) <= MOST_ID


def _flaw_of_request(payload: object) -> str | None:
    if not isinstance(payload, Mapping) or not isinstance(payload.get("query"), str):
        return "The payload of a subscribe message is an object with the string `query`."
    if not isinstance(payload.get("operationName"), str | None):
        return "The `operationName` of a subscribe message is a string, where there is one."
    for name in ("variables", "extensions"):
        if not isinstance(payload.get(name), dict | None):
            return f"The `{name}` of a subscribe message are an object, where there are any."
    return None
