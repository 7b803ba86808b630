"""Runs the programs of this folder with the packages of its lock files, and serves the API to them."""

import fcntl
import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.databases import clone
from support.outside_tools import HERE, OTHERS, ROOT, SENIORS, Node, Python
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
        printed = _output([str(path), str(HERE / program), *arguments], folder, environment)
        return json.loads(printed) if program.endswith(".mjs") else printed

    return run


@pytest.fixture(scope="session")
def python() -> Python:
    """A function that runs Python with the packages of a lock file, in place of this project's, and returns its output.

    Their versions contradict those of this project and of each other, so each lock file has a folder.
    """

    def run(lock: str, *arguments: str, folder: Path) -> str:
        packages = _python_packages(lock)
        environment = {**os.environ, "PYTHONPATH": f"{packages}{os.pathsep}{folder}"}
        return _output([sys.executable, "-W", "ignore", *arguments], folder, environment)

    return run


def _output(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """What a command prints, which has to succeed."""
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def _python_packages(lock: str) -> Path:
    """The folder with the packages of a lock file, installed if the file has changed since."""
    folder = HERE / "python"
    file, packages = folder / f"{lock}.lock", folder / f".{lock}"
    done = packages / ".installed"
    with file.open() as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)  # other test processes install the same packages
        if not (done.is_file() and done.read_text() == file.read_text()):
            shutil.rmtree(packages, ignore_errors=True)
            pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
            _install([*pip, "--require-hashes", f"--target={packages}", f"--requirement={file}"], dict(os.environ))
            done.write_text(file.read_text())
    return packages


def _install(command: list[str], environment: dict[str, str]) -> None:
    ended = subprocess.run(command, cwd=HERE, env=environment, capture_output=True, text=True, check=False, timeout=600)
    if not ended.returncode:
        return
    reason = f"the packages of tests/outside cannot be installed by `{' '.join(command)}`: {ended.stderr[-500:]}"
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
