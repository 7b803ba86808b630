"""`payrank serve` as a separate process over the test's database, and submissions that clients send to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from threading import Event
from time import monotonic
from typing import Any
from urllib.request import Request, urlopen

from support.payrank_process import publishers, still_running
from support.submissions import submission_input

SUBMIT = (
    "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) "
    "{ submission { id status } receipt userErrors { code message } } }"
)
NO_ANSWER = (OSError, HTTPException, ValueError)
"""Errors of a client whose service is down, or goes down while it responds."""


def settings(url: str, port: int, **more: object) -> dict[str, str]:
    """The environment of a service without proof of work, limits or a sample, and behind a proxy."""
    variables = {
        "PROOF_COST": 0,
        "PROXY_HOPS": 1,
        "SUBMISSIONS_PER_HOUR": 0,
        "QUERIES_PER_MINUTE": 0,
        "SAMPLE_RECORDS": 0,
        "STATEMENT_SECONDS": 1,
        **more,
    }
    return os.environ | {
        f"PAYRANK_{name}": str(value) for name, value in {"DATABASE_URL": url, "PORT": port, **variables}.items()
    }


@contextmanager
def serving(url: str, port: int, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """The service once it is ready, which must take no more than two minutes; on leaving it is killed."""
    command = [sys.executable, "-P", "-m", "service.cli", "serve"]
    with subprocess.Popen(command, env=settings(url, port, **more), stderr=subprocess.DEVNULL) as process:
        try:
            deadline = monotonic() + 120
            while not is_ready(port):
                assert process.poll() is None, "the service exited before it was ready"
                assert monotonic() < deadline, "the service did not become ready in time"
                Event().wait(0.02)
            yield process
        finally:
            kill_with_publisher(process)


def kill_with_publisher(service: subprocess.Popen[bytes]) -> None:
    """kill -9 of a service, unless it has ended; waits until its publisher has noticed and ended as well."""
    publishing = publishers(service.pid) if service.poll() is None else []
    service.kill()
    assert still_running(publishing) == []


def is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except NO_ANSWER:
        return False


def post_query(port: int, query: str, bearer: str = "", address: str = "", **variables: Any) -> dict[str, Any]:
    """The whole response, as to a client at an address; raises one of NO_ANSWER if there is none within 30 seconds."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    given = {"Authorization": bearer and f"Bearer {bearer}", "X-Forwarded-For": address}
    headers = {"Content-Type": "application/json"} | {name: value for name, value in given.items() if value}
    request = Request(f"http://127.0.0.1:{port}/graphql", body, headers)
    with urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


ROLES = ("machine-learning-engineer", "data-scientist", "data-engineer")


def nth_input(n: int) -> dict[str, Any]:
    """The input of the n-th contributor; every third one has the same class."""
    return submission_input(role=ROLES[n % len(ROLES)], baseSalary=150_000 + 137 * n)


def nth_address(n: int) -> str:
    """The address of the n-th contributor, in a network of its own."""
    return f"2001:{n >> 16:x}:{n & 0xFFFF:x}::1"
