"""Shared by the tests with other projects' tools: their folder, and the records of the service they query."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
HERE = ROOT / "tests" / "outside"
SENIORS = [{"level": "senior", "base_salary": 100_000 + 1_000 * n} for n in range(11)]
OTHERS = [{"level": "mid", "country": "de", "base_salary": 80_000 + n} for n in range(3)]
Python = Callable[..., str]
"""Runs Python with the packages of a lock file of `tests/outside/python`."""
Node = Callable[..., Any]
"""Runs a Node program of `tests/outside` with arguments and returns the JSON it prints."""

WITHOUT_CACHE = ("query", "pages", "mutations", "subscriptions")
HTTP_ONLY = WITHOUT_CACHE[:3]
ALL = (*WITHOUT_CACHE, "cache")
CLIENTS = {
    "Apollo Client 4": ("apollo", ALL),
    "Relay 21": ("relay", ALL),
    "urql 6 with Graphcache 9": ("urql", ALL),
    "graphql-ws 6": ("graphql-ws", WITHOUT_CACHE),
    "graphql-request 7": ("graphql-request", HTTP_ONLY),
    "fetch": ("fetch", HTTP_ONLY),
}
"""The program of each JavaScript client, and what it can do. docs/getting-started.md has this as a table."""
PYTHON_CLIENT = "gql 4"
"""It can do all but cache."""
