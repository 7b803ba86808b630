"""The data folder of the embedded PostgreSQL server, the account that owns it, and the directory of its socket.

starting.lock   held while a process starts or stops the server
users.lock      shared by all processes that use the server
server.lock     held by the server's own processes, so that it shows reliably whether one is alive
password        of the only role, payrank
postgres.log    the server's log
pgdata/         the cluster
socket/         the server's socket, if that path is short enough
binaries-*/     a copy of the binaries, only if the server's account cannot reach the installed ones
journal/        not the server's: the journal and the counting key, unless PAYRANK_JOURNAL_DIR names another folder

PostgreSQL refuses to run as root. Under root (mostly in containers) it runs as an unprivileged account, which must be able
to enter the data folder and to execute the binaries; nothing outside of the folder is changed.
"""

import hashlib
import os
import pwd
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import EmbeddedError

PORT = 5432  # only part of the socket's name: nothing listens on the network
# A socket path holds at most 108 bytes on Linux and 104 on macOS, including the terminating zero.
SOCKET_PATH_BYTES = 103


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the server runs as; `switch` is true if this process runs as another one."""

    uid: int
    gid: int
    name: str
    switch: bool

    @property
    def is_listed(self) -> bool:
        """Whether the account has an entry in /etc/passwd, or wherever the system looks."""
        return _entry(self.uid) is not None

    def popen_arguments(self) -> dict[str, Any]:
        """The arguments of `subprocess.Popen` that start a process as this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def own(self, path: Path) -> None:
        """Make this account the owner of a file or folder."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


@dataclass(frozen=True, slots=True)
class DataFolder:
    root: Path
    account: Account

    @property
    def starting_lock(self) -> Path:
        return self.root / "starting.lock"

    @property
    def users_lock(self) -> Path:
        return self.root / "users.lock"

    @property
    def server_lock(self) -> Path:
        return self.root / "server.lock"

    @property
    def password_file(self) -> Path:
        return self.root / "password"

    @property
    def log(self) -> Path:
        return self.root / "postgres.log"

    @property
    def cluster(self) -> Path:
        return cluster_of(self.root)


def cluster_of(data_dir: Path) -> Path:
    """The folder of the cluster in a data folder, whether it exists or not."""
    return data_dir.resolve() / "pgdata"


def prepare_folder(data_dir: Path) -> DataFolder:
    """Create the data folder, or check an existing one, with access for its owner only.

    Raises EmbeddedError if it holds other files, belongs to another user, or cannot be entered by the server's account.
    """
    root = data_dir.resolve()
    account = server_account(cluster_of(root))
    _check_parents(root, account)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_parents(root, account)  # again: a strict umask closes the parents that were just created
    folder = DataFolder(root, account)
    _make_private(folder)
    for lock in (folder.starting_lock, folder.users_lock, folder.server_lock):
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        account.own(lock)
    return folder


def _check_parents(root: Path, account: Account) -> None:
    if (blocked := first_inaccessible(root.parent, account)) is not None:
        raise EmbeddedError(
            f"As root, the embedded PostgreSQL runs as {account.name}, which may not enter {blocked} on the way to {root}. "
            "Set PAYRANK_DATA_DIR to a folder that all users can reach (such as /var/lib/payrank), or run PayRank as "
            "another user."
        )


def _make_private(folder: DataFolder) -> None:
    root, account = folder.root, folder.account
    status = root.stat()
    if not account.switch and status.st_uid != account.uid:
        raise EmbeddedError(
            f"The data folder {root} belongs to another user. Set PAYRANK_DATA_DIR to a folder of your own, or run "
            "PayRank as its owner."
        )
    if status.st_uid == account.uid and stat.S_IMODE(status.st_mode) == 0o700:
        return
    # A folder with other files must keep its owner and mode even if a setting names it by mistake.
    others = [path for path in root.iterdir() if path.name != "journal"]  # which a service of another server may have made
    if others and not folder.starting_lock.exists():
        raise EmbeddedError(
            f"The folder {root} already holds other files. Set PAYRANK_DATA_DIR to a new or empty folder that only the "
            "database uses."
        )
    account.own(root)
    root.chmod(0o700)


def socket_dir(folder: DataFolder) -> Path:
    """The private directory of the server's socket: in the data folder if that path is short enough, else temporary."""
    within = folder.root / "socket"
    if _fits(within):
        return _private_dir(within, folder.account)
    name = f"payrank-{hashlib.sha256(os.fsencode(folder.root)).hexdigest()[:16]}"
    temporary = Path(tempfile.gettempdir()).resolve() / name
    return _private_dir(temporary if _fits(temporary) else Path("/tmp") / name, folder.account)


def _fits(directory: Path) -> bool:
    path = os.fsencode(directory / f".s.PGSQL.{PORT}")
    return len(path) <= SOCKET_PATH_BYTES and b"," not in path  # a comma separates hosts in connection strings


def _private_dir(path: Path, account: Account) -> Path:
    """Create the directory. Others may have created one of this name first: it must be ours, and no symbolic link."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    ours = status.st_uid in (account.uid, os.geteuid()) and stat.S_ISDIR(status.st_mode)
    if not ours:
        raise EmbeddedError(f"The directory {path} for the database's socket belongs to another user. Remove it first.")
    path.chmod(0o700)
    account.own(path)
    return path


def server_account(cluster: Path) -> Account:
    """This process's account; under root the owner of an existing cluster, or else an unprivileged account."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), _user_name(os.geteuid()), switch=False)
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, _user_name(owner.st_uid), switch=True)
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid, name, switch=True)
    raise EmbeddedError(
        "PostgreSQL refuses to run as root, and this system has neither a user 'postgres' nor 'nobody' to run it as. "
        "Add one of them, run PayRank as another user, or set PAYRANK_DATABASE_URL to a PostgreSQL of your own."
    )


def first_inaccessible(path: Path, account: Account) -> Path | None:
    """The outermost existing part of a path that the account may not enter, or not execute if it is a file, by its mode."""
    if not account.switch:
        return None
    for part in (*reversed(path.parents), path):
        if part.exists() and not _may_execute(part.stat(), account):
            return part
    return None


def _may_execute(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _user_name(uid: int) -> str:
    entry = _entry(uid)
    return entry.pw_name if entry else f"user {uid}"


def _entry(uid: int) -> pwd.struct_passwd | None:
    try:
        return pwd.getpwuid(uid)
    except KeyError:
        return None
