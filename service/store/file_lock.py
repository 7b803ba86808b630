"""Locks on files that the operating system releases when their holder dies, kill -9 included.

flock belongs to an open file, and every `open_lock` opens it again: two threads of one process exclude each other as two
processes do. A child process that inherits the open file keeps the lock until it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def open_lock(path: Path) -> Iterator[int]:
    """Open a lock file and yield its descriptor; a lock taken on it is released at the end."""
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        yield lock
    finally:
        unlock(lock)
        os.close(lock)


def lock_shared(lock: int) -> None:
    """Take the lock in shared mode; waits while another process holds it exclusively."""
    fcntl.flock(lock, fcntl.LOCK_SH)


def lock_exclusive(lock: int) -> None:
    """Take the lock in exclusive mode; waits while anybody else holds it."""
    fcntl.flock(lock, fcntl.LOCK_EX)


def try_lock(lock: int) -> bool:
    """Take the lock in exclusive mode if nobody else holds it. On failure a shared lock held before may be lost."""
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def unlock(lock: int) -> None:
    fcntl.flock(lock, fcntl.LOCK_UN)
