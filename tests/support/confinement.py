"""Commands as a user without a name, on a file system that is read-only but for one folder; needs root on Linux."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from support.databases import server_folder

UNLISTED = "54321"
"""A user ID without an entry in /etc/passwd."""

# In mounts of its own: all of them read-only, except those of the kernel, and the folder. The user may read everything, or
# could not run the Python of root.
_SCRIPT = """
set -e
mount --make-rprivate /
mount --bind "$0" "$0"
mount --bind /dev/shm /dev/shm
while read -r _ _ _ _ point _; do
    case "$point" in "$0"|/dev|/dev/*|/proc|/proc/*|/sys|/sys/*) ;; *) mount -o remount,bind,ro "$point" ;; esac
done < /proc/self/mountinfo
cd /
exec setpriv --reuid "$1" --regid "$1" --clear-groups --bounding-set -all,+dac_read_search \\
    --inh-caps -all,+dac_read_search --ambient-caps -all,+dac_read_search -- "${@:2}"
"""


@dataclass(frozen=True, slots=True)
class Confinement:
    folder: Path
    """The only folder that can be written to; the user owns it."""

    @property
    def command(self) -> list[str]:
        """Executes the command after it in the confinement."""
        return ["unshare", "--mount", "bash", "-c", _SCRIPT, str(self.folder), UNLISTED]


@contextmanager
def confinement() -> Iterator[Confinement]:
    """Skips the test if this machine does not let it mount anything."""
    with server_folder() as folder:
        writable = folder / "writable"
        writable.mkdir()
        confined = Confinement(writable)
        try:
            subprocess.run(["chown", f"{UNLISTED}:{UNLISTED}", writable], check=True, capture_output=True)
            subprocess.run([*confined.command, "true"], check=True, capture_output=True, timeout=60)
        except (OSError, subprocess.CalledProcessError) as error:
            pytest.skip(f"no mounts of its own can be given to a process here: {error}")
        yield confined
