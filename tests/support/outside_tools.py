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
