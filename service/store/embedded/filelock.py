"""Locks on files that the operating system lets go of by itself when their holder dies, kill -9 included.

Every `open_lock` opens the file anew, and flock belongs to an open file: two threads of one process exclude each
other as two processes do. A child process that inherits the open file keeps the lock until it ends.
"""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path


@contextmanager
def open_lock(path: Path) -> Iterator[int]:
    """The open lock file; whatever lock was taken on it is released at the end."""
    lock = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        yield lock
    finally:
        release(lock)
        os.close(lock)


def share(lock: int) -> None:
    """Hold the lock together with others who share it; waits while someone holds it alone."""
    fcntl.flock(lock, fcntl.LOCK_SH)


def hold(lock: int) -> None:
    """Hold the lock alone; waits while anyone else holds it."""
    fcntl.flock(lock, fcntl.LOCK_EX)


def try_hold(lock: int) -> bool:
    """Hold the lock alone if nobody else holds it now. On failure a share that was held may be lost."""
    with suppress(BlockingIOError):
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return True
    return False


def release(lock: int) -> None:
    fcntl.flock(lock, fcntl.LOCK_UN)
