"""Faults that tests inject: full disks, limited file sizes, and wrong clocks."""

import os
import resource
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

_FAKETIME = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


@contextmanager
def small_disk(megabytes: int) -> Iterator[Path]:
    """A folder with its own small file system; skips the test if none can be mounted."""
    with TemporaryDirectory(prefix="payrank-test-") as path:
        options = f"size={megabytes}m,mode=0755"
        try:
            command = ["mount", "-t", "tmpfs", "-o", options, "payrank-test", path]
            subprocess.run(command, capture_output=True, check=True, timeout=60)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"a small disk cannot be mounted here: {error}")
        try:
            yield Path(path)
        finally:
            subprocess.run(["umount", "--lazy", path], check=True, timeout=60)


@contextmanager
def filled(disk: Path) -> Iterator[None]:
    """Fill a disk to the last byte."""
    ballast = disk / "ballast"
    with suppress(OSError), ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    try:
        yield
    finally:
        ballast.unlink()


@contextmanager
def small_files(max_bytes: int) -> Iterator[None]:
    """Limit the file size of processes started meanwhile: writing more fails as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (max_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


class Clock:
    """The wall clock of processes started within `shown`, by libfaketime; their monotonic clock remains the real one."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set("+0")

    def set(self, offset: str) -> None:
        """Set the offset from the true time, such as `+3d` or `-5h`, also for running processes."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{offset}\n")
        new.rename(self._file)

    @contextmanager
    def shown(self) -> Iterator[None]:
        if not _FAKETIME:
            assert not os.environ.get("CI"), "apt-get install faketime"
            pytest.skip("clocks cannot be set here: apt-get install faketime")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LD_PRELOAD", str(_FAKETIME[0]))
            patch.setenv("FAKETIME_TIMESTAMP_FILE", str(self._file))
            patch.setenv("FAKETIME_NO_CACHE", "1")
            patch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            yield
