"""A clock that can be set, for processes that a test starts: the real one of the system calls, by libfaketime."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

_FOUND = sorted(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"))


class Clock:
    """What processes started within `shown` take for the time of day; their monotonic clock is nobody's to set."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "clock"
        self.set("+0")

    def set(self, apart: str) -> None:
        """Jump, also where a process runs already: `+3d` and `-5h` are so far from the true time."""
        new = self._file.with_suffix(".new")
        new.write_text(f"{apart}\n")
        new.rename(self._file)

    @contextmanager
    def shown(self) -> Iterator[None]:
        if not _FOUND:
            assert not os.environ.get("CI"), "apt-get install faketime"
            pytest.skip("clocks cannot be set here: apt-get install faketime")
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LD_PRELOAD", str(_FOUND[0]))
            patch.setenv("FAKETIME_TIMESTAMP_FILE", str(self._file))
            patch.setenv("FAKETIME_NO_CACHE", "1")
            patch.setenv("FAKETIME_DONT_FAKE_MONOTONIC", "1")
            yield
