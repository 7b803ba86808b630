"""A primary and two standbys on the loopback, set up by the commands of docs/scale.md as they stand there."""

import os
import re
import secrets
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from service.store.embedded.cluster import clean_environment, reachable_binaries
from service.store.embedded.data_folder import DataFolder, prepare_folder
from support.postgres_processes import quiet

_BLOCKS = re.findall(r"```bash\n(.*?)```", (Path(__file__).parents[2] / "docs" / "scale.md").read_text(), re.DOTALL)
_PRIMARY, _STANDBYS, _SYNCHRONOUS, _ADDRESSES, _SERVICES, _FAILOVER, _BACK = _BLOCKS[1:]
"""All but the first, which names the folder, the ports and the password."""


def free_ports(count: int) -> list[int]:
    taken = [socket.socket() for _ in range(count)]
    for one in taken:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in taken]
    for one in taken:
        one.close()
    return ports


@dataclass(frozen=True)
class Servers:
    """Three servers by the names one, two and three; one is the primary at first."""

    folder: DataFolder
    environment: dict[str, str]

    def bash(self, script: str) -> str:
        """Run some of the document's commands, as the user that PostgreSQL runs as; what they printed."""
        output = self.folder.root / "output"  # no pipe: the servers would keep it open
        with output.open("w") as opened:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                env=self.environment,
                cwd=self.folder.root,
                stdin=subprocess.DEVNULL,
                stdout=opened,
                stderr=subprocess.STDOUT,
                check=False,
                **self.folder.account.popen_arguments(),
            )
        told = output.read_text()
        assert done.returncode == 0, told
        return told

    def addresses(self) -> tuple[str, str]:
        """The URLs to write to and to read from."""
        to_write, to_read = self.bash(f'{_ADDRESSES}\nprintf "%s\\n" "$PAYRANK_DATABASE_URL" "$PAYRANK_READER_URL"').split()
        return to_write, to_read

    def kill(self, name: str) -> None:
        """kill -9 of a server; its processes end when they notice."""
        pid = int((self.folder.root / name / "postmaster.pid").read_text().split()[0])
        assert Path(f"/proc/{pid}/cwd").samefile(self.folder.root / name)
        os.kill(pid, signal.SIGKILL)

    def fail_over(self) -> None:
        self.bash(_FAILOVER)

    def bring_back(self) -> None:
        """Have the one that was killed follow the new primary."""
        self.bash(_BACK)


@contextmanager
def servers(root: Path) -> Iterator[Servers]:
    """Run them until left, however that comes about."""
    folder = prepare_folder(root)
    binaries = reachable_binaries(folder, quiet)
    ports = dict(zip(("ONE", "TWO", "THREE"), map(str, free_ports(3)), strict=True))
    own = {"PATH": f"{binaries}:{os.environ['PATH']}", "BASE": str(root), "PGPASSWORD": secrets.token_hex(16), **ports}
    found = Servers(folder, clean_environment() | own)
    try:
        for block in (_PRIMARY, _STANDBYS, _SYNCHRONOUS):
            found.bash(block)
        yield found
    finally:
        for name in ("one", "two", "three"):
            if (root / name / "postmaster.pid").exists():
                found.bash(f'pg_ctl -D "$BASE/{name}" -m immediate stop || true')
