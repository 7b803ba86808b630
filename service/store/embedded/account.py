"""Who runs the embedded PostgreSQL, and what that account can reach.

PostgreSQL refuses to run as root. Under root (containers, mostly) it runs as an unprivileged account instead, which
must be able to enter the folder of the data and to execute the binaries; nothing outside of that folder is changed.
"""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from service.errors import EmbeddedError


@dataclass(frozen=True, slots=True)
class Account:
    """The account that the server runs as; `switch` tells whether that is another one than this process's own."""

    uid: int
    gid: int
    name: str
    switch: bool

    def popen_arguments(self) -> dict[str, Any]:
        """What subprocess needs to start a process of this account."""
        return {"user": self.uid, "group": self.gid, "extra_groups": []} if self.switch else {}

    def own(self, path: Path) -> None:
        """Give a file or folder of ours to this account."""
        if self.switch:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def server_account(cluster: Path) -> Account:
    """This process's own account; under root the one that owns the cluster already, or else an unprivileged one."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), _name(os.geteuid()), switch=False)
    if cluster.exists() and (owner := cluster.stat()).st_uid != 0:
        return Account(owner.st_uid, owner.st_gid, _name(owner.st_uid), switch=True)
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


def obstacle(path: Path, account: Account) -> Path | None:
    """The outermost existing part of a path that the account may not enter, or execute if it is a file, by its mode."""
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


def _name(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return f"user {uid}"
