"""`payrank serve` as a process of its own, over a database of the test's, and pay that clients submit to it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPException
from typing import Any
from urllib.request import Request, urlopen

from support.submissions import usual

SUBMIT = (
    "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) "
    "{ submission { id status } receipt userErrors { code message } } }"
)
NO_ANSWER = (OSError, HTTPException, ValueError)
"""What a client meets when the service is gone, or goes in the middle of an answer."""


def settings(url: str, port: int, **more: object) -> dict[str, str]:
    """The environment of a service without proofs, limits or a sample."""
    given = {
        "PROOF_COST": 0,
        "SUBMISSIONS_PER_HOUR": 0,
        "QUERIES_PER_MINUTE": 0,
        "SAMPLE_RECORDS": 0,
        "STATEMENT_SECONDS": 1,
        **more,
    }
    return os.environ | {
        f"PAYRANK_{name}": str(value) for name, value in {"DATABASE_URL": url, "PORT": port, **given}.items()
    }


@contextmanager
def serving(url: str, port: int, **more: object) -> Iterator[subprocess.Popen[bytes]]:
    """The service once it is ready; it is killed on leaving unless it has ended."""
    command = [sys.executable, "-P", "-m", "service.cli", "serve"]
    with subprocess.Popen(command, env=settings(url, port, **more), stderr=subprocess.DEVNULL) as process:
        try:
            while not is_ready(port):
                assert process.poll() is None, "the service ended before it was ready"
            yield process
        finally:
            process.kill()


def is_ready(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/health/ready", timeout=5) as answer:
            return bool(answer.status == 200)
    except NO_ANSWER:
        return False


def ask(port: int, query: str, bearer: str = "", **variables: Any) -> dict[str, Any]:
    """The whole answer; raises one of NO_ANSWER when there is none within 30 seconds, which no service takes."""
    body = json.dumps({"query": query, "variables": variables}).encode()
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {bearer}"} if bearer else {})
    request = Request(f"http://127.0.0.1:{port}/graphql", body, headers)
    with urlopen(request, timeout=30) as answer:
        found: dict[str, Any] = json.loads(answer.read())
        return found


def answers(n: int) -> dict[str, Any]:
    """The n-th contributor's: five in a row share all that identifies them."""
    role = ("machine-learning-engineer", "data-scientist", "data-engineer")[n // 5 % 3]
    return usual(role=role, experience=n // 15 % 5 + 3, baseSalary=150_000 + 137 * n)
