"""A primary and two standbys on the loopback, set up with the commands of docs/scale.md."""

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
"""All but the first, which sets the folder, the ports and the password."""


def free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [int(one.getsockname()[1]) for one in sockets]
    for one in sockets:
        one.close()
    return ports


@dataclass(frozen=True)
class Servers:
    """Three servers named one, two and three; one is the primary at first."""

    folder: DataFolder
    environment: dict[str, str]

    def bash(self, script: str) -> str:
        """Run commands of the document as the account of PostgreSQL; returns their output."""
        output = self.folder.root / "output"  # not a pipe: the servers would keep it open
        with output.open("w") as opened:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script],
                env=self.environment,
                cwd=self.folder.root,
                stdin=subprocess.DEVNULL,
                stdout=opened,
                stderr=subprocess.STDOUT,
                check=False,
                timeout=240,
                **self.folder.account.popen_arguments(),
            )
        printed = output.read_text()
        assert done.returncode == 0, printed
        return printed

    def addresses(self) -> tuple[str, str]:
        """The URLs for writing and for reading."""
        write_url, read_url = self.bash(
            f'{_ADDRESSES}\nprintf "%s\\n" "$PAYRANK_DATABASE_URL" "$PAYRANK_READER_URL"'
        ).split()
        return write_url, read_url

    def kill(self, name: str) -> None:
        """kill -9 of a server; its child processes exit when they notice."""
        pid = int((self.folder.root / name / "postmaster.pid").read_text().split()[0])
        assert Path(f"/proc/{pid}/cwd").samefile(self.folder.root / name)
        os.kill(pid, signal.SIGKILL)

    def fail_over(self) -> None:
        self.bash(_FAILOVER)

    def bring_back(self) -> None:
        """Make the killed server a standby of the new primary."""
        self.bash(_BACK)


@contextmanager
def servers(root: Path) -> Iterator[Servers]:
    """Run the servers, and stop them at the end in any case."""
    folder = prepare_folder(root)
    binaries = reachable_binaries(folder, quiet)
    ports = dict(zip(("ONE", "TWO", "THREE"), map(str, free_ports(3)), strict=True))
    environment = {
        "PATH": f"{binaries}:{os.environ['PATH']}",
        "BASE": str(root),
        "PGPASSWORD": secrets.token_hex(16),
        **ports,
    }
    running = Servers(folder, clean_environment() | environment)
    try:
        for block in (_PRIMARY, _STANDBYS, _SYNCHRONOUS):
            running.bash(block)
        yield running
    finally:
        for name in ("one", "two", "three"):
            if (root / name / "postmaster.pid").exists():
                running.bash(f'pg_ctl -D "$BASE/{name}" -m immediate stop || true')
