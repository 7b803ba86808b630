"""A real PgBouncer in front of the tests' server, set up as docs/operations.md says."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from configparser import ConfigParser
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from socket import create_connection
from tempfile import TemporaryDirectory
from typing import Literal
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from service.store.embedded.data_folder import prepare_folder
from support.databases import run_autocommit
from support.payrank_process import eventually
from support.standbys import free_ports

DOCUMENT = (Path(__file__).parents[2] / "docs" / "operations.md").read_text()
_STATEMENTS, _CONFIGURATION = (re.findall(f"```{kind}\n(.*?)```", DOCUMENT, re.DOTALL)[0] for kind in ("sql", "ini"))
Mode = Literal["session", "transaction"]


@dataclass(frozen=True)
class Logins:
    """The two logins of the document, under names of their own, and the owner of the database."""

    owner: str
    reader: str
    intake: str
    passwords: dict[str, str] = field(repr=False)


@contextmanager
def logins(server_url: str) -> Iterator[Logins]:
    """Run the statements of the document; the logins are dropped at the end. Needs the roles of a migrated database."""
    suffix = uuid4().hex[:8]
    renamed = _STATEMENTS.replace("_login", f"_{suffix}").replace("'5000'", "'1000'")
    for statement in renamed.split(";\n"):
        if statement:
            run_autocommit(server_url, statement)
    owner = urlsplit(server_url)
    reader, intake = f"payrank_reader_{suffix}", f"payrank_intake_{suffix}"
    assert owner.username
    yield Logins(owner.username, reader, intake, {owner.username: owner.password or "", reader: "READER", intake: "INTAKE"})
    for login in (reader, intake):
        run_autocommit(server_url, f"DROP ROLE {login}")


@dataclass(frozen=True)
class Pooler:
    """A running PgBouncer."""

    port: int
    passwords: dict[str, str] = field(repr=False)

    def url(self, login: str, database_url: str) -> str:
        """The URL of a database by a login."""
        path = urlsplit(database_url).path
        return f"postgresql://{login}:{self.passwords[login]}@127.0.0.1:{self.port}{path}"


@contextmanager
def pgbouncer(server_url: str, mode: Mode, passwords: dict[str, str], **settings: object) -> Iterator[Pooler]:
    """Run PgBouncer with the configuration of the document, in a mode, for logins with their passwords.

    As the account that an embedded server would have, since it refuses to run as root. Skips the test where it is not
    installed, but not in CI.
    """
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        assert not os.environ.get("CI"), "apt-get install pgbouncer"
        pytest.skip("there is no pooler here: apt-get install pgbouncer")
    with TemporaryDirectory(prefix="payrank-test-") as path:
        Path(path).chmod(0o755)
        folder = prepare_folder(Path(path) / "pooler")
        [port] = free_ports(1)
        files = {"pooler.ini": _configuration(server_url, port, mode, folder.root, settings), "users": _users(passwords)}
        for name, text in files.items():
            (folder.root / name).write_text(text)
            folder.account.own(folder.root / name)
        command = [program, str(folder.root / "pooler.ini")]
        output = subprocess.DEVNULL
        arguments = folder.account.popen_arguments()
        with subprocess.Popen(command, stdin=output, stdout=output, stderr=output, **arguments) as process:
            try:
                eventually(lambda: _accepts(port) or process.poll() is not None)
                assert process.poll() is None, (folder.root / "log").read_text()
                yield Pooler(port, passwords)
            finally:
                process.kill()


def _configuration(server_url: str, port: int, mode: Mode, folder: Path, settings: dict[str, object]) -> str:
    parts = urlsplit(server_url)
    options = {name: values[0] for name, values in parse_qs(parts.query).items()}
    host, server_port = options.get("host", parts.hostname), options.get("port", parts.port or 5432)
    parser = ConfigParser()
    parser.read_string(_CONFIGURATION)
    changed = {
        "pool_mode": mode,
        "listen_addr": "127.0.0.1",
        "listen_port": port,
        "unix_socket_dir": "",
        "auth_type": "plain",
        "auth_file": folder / "users",
        "logfile": folder / "log",
        **settings,
    }
    own = [f"{name} = {value}" for name, value in (dict(parser["pgbouncer"]) | changed).items()]
    return "\n".join(["[databases]", f"* = host={host} port={server_port}", "[pgbouncer]", *own, ""])


def _users(passwords: dict[str, str]) -> str:
    return "".join(f'"{login}" "{password}"\n' for login, password in passwords.items())


def _accepts(port: int) -> bool:
    with suppress(OSError), create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False
