"""Runs the Node programs of this folder with the packages of its lock file, and serves the API to them."""

import fcntl
import importlib.util
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.databases import clone
from support.outside_tools import HERE, OTHERS, ROOT, SENIORS, Node
from support.records import publish
from support.uvicorn_server import listener, served

from service.app import create_app
from service.settings import load_settings


def _builder() -> Any:
    """The module that builds the page; it knows how to find Node."""
    spec = importlib.util.spec_from_file_location("build_page", ROOT / "web" / "build_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def node(tmp_path_factory: pytest.TempPathFactory) -> Node:
    """A function that runs a program of this folder and returns the JSON it prints."""
    builder = _builder()
    path, npm = builder.node_and_npm()
    environment = {**os.environ, "PATH": f"{path.parent}{os.pathsep}{os.environ['PATH']}", "NO_COLOR": "1"}
    with (HERE / "package-lock.json").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # other test processes install the same packages
        if not builder.installed(HERE):
            _install([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], environment)

    def run(program: str, *arguments: str, folder: Path = HERE) -> Any:
        ended = subprocess.run(
            [str(path), str(HERE / program), *arguments],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert ended.returncode == 0, ended.stdout + ended.stderr
        return json.loads(ended.stdout) if program.endswith(".mjs") else ended.stdout

    return run


def _install(command: list[str], environment: dict[str, str]) -> None:
    ended = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if not ended.returncode:
        return
    reason = f"the Node packages of tests/outside cannot be installed; run `npm ci` there for details: {ended.stderr[-500:]}"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="module")
def address(server_url: str, empty_template: str) -> Iterator[str]:
    """The GraphQL endpoint of a real server with default limits."""
    with clone(server_url, empty_template) as url, listener() as listening:
        publish(url, SENIORS + OTHERS)
        with served(create_app(load_settings(proof_cost=0), url), listening):
            yield f"http://127.0.0.1:{listening.getsockname()[1]}/graphql"
