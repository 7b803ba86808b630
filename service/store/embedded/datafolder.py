"""The folder of the embedded PostgreSQL: what lies where in it, who owns it, and where its socket fits.

starting.lock   held by whoever starts or stops the server
users.lock      shared by everyone who uses the server
server.lock     held by the processes of the server itself, so it tells for certain whether one lives
password        of the only role, payrank
postgres.log    what the server said
pgdata/         the cluster
socket/         the server's socket, when that path is short enough for one
binaries-*/     a copy of the binaries, only where the server's account cannot reach the installed ones
"""

import hashlib
import os
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path

from service.errors import EmbeddedError
from service.store.embedded.account import Account, obstacle, server_account

PORT = 5432  # of the socket's name only: nothing listens on the network
# A socket's path holds at most 108 bytes on Linux and 104 on macOS, its end mark included.
SOCKET_PATH_BYTES = 103


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
        return self.root / "pgdata"


def prepare_folder(data_dir: Path) -> DataFolder:
    """Make the data folder, or check that it is one, for its owner alone.

    Raises EmbeddedError when it holds something else, belongs to someone else, or the server cannot get into it.
    """
    root = data_dir.expanduser().resolve()
    account = server_account(root / "pgdata")
    _check_way(root, account)
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    _check_way(root, account)  # again: a strict umask closes the parents that were just made
    folder = DataFolder(root, account)
    _make_private(folder)
    for lock in (folder.starting_lock, folder.users_lock, folder.server_lock):
        os.close(os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600))
        account.own(lock)
    return folder


def _check_way(root: Path, account: Account) -> None:
    if (blocked := obstacle(root.parent, account)) is not None:
        raise EmbeddedError(
            f"As root, the embedded PostgreSQL runs as {account.name}, who may not enter {blocked} on the way to {root}. "
            "Set PAYRANK_DATA_DIR to a folder that everyone can get to (such as /var/lib/payrank), or run PayRank as "
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
    # A folder that is not ours must not change its owner and mode because a setting names it by mistake.
    if any(root.iterdir()) and not folder.starting_lock.exists():
        raise EmbeddedError(
            f"The folder {root} holds other files already. Set PAYRANK_DATA_DIR to an empty folder or a new one, "
            "which the database will have for itself."
        )
    account.own(root)
    root.chmod(0o700)


def socket_dir(folder: DataFolder) -> Path:
    """The private folder of the server's socket: in the data folder where that path fits, else a temporary one."""
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
    """The folder, in a place where others may have made one of its name before us: it must be ours, and no link."""
    path.mkdir(mode=0o700, exist_ok=True)
    status = path.lstat()
    ours = status.st_uid in (account.uid, os.geteuid()) and stat.S_ISDIR(status.st_mode)
    if not ours:
        raise EmbeddedError(f"{path}, the place of the database's socket, belongs to another user. Remove it first.")
    path.chmod(0o700)
    account.own(path)
    return path
