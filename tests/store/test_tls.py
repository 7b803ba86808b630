"""A database that is reached by TLS only: the service, commands, backups and restores use it, or say what is wrong."""

import asyncio
import os
import socket
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.databases import run_autocommit, server_folder
from support.records import SEVEN, publish

from seed.reference_data import load_reference_data
from service.errors import DatabaseError
from service.store.backup import back_up, restore_tables
from service.store.bulk import bulk_connection
from service.store.database import Database
from service.store.embedded.data_folder import Account, server_account
from service.store.health import read_state
from service.store.migrate import MIN_VERSION, migrate
from service.store.restoration_mark import unmark

pytestmark = pytest.mark.slow
PROGRAMS = Path(f"/usr/lib/postgresql/{MIN_VERSION}/bin")  # as Debian installs it; the embedded server has no TLS
PASSWORD = "p@ss"


@dataclass(frozen=True, slots=True)
class TlsServer:
    """A server with a certificate for localhost, and the file of its authority, which is the certificate itself."""

    port: int
    authority: Path

    def url(self, database: str = "postgres", **options: str) -> str:
        listed = "&".join(f"{name}={value}" for name, value in options.items())
        return f"postgresql://payrank:p%40ss@localhost:{self.port}/{database}?{listed}"

    @property
    def options(self) -> Mapping[str, str]:
        return {"sslmode": "verify-full", "sslrootcert": str(self.authority), "channel_binding": "require"}


@pytest.fixture(scope="module")
def tls_server() -> Iterator[TlsServer]:
    if not PROGRAMS.is_dir():
        pytest.skip(f"PostgreSQL {MIN_VERSION} is not here: apt-get install postgresql-{MIN_VERSION}")
    with server_folder() as folder:
        account = server_account(folder / "data")
        account.own(folder)
        (folder / "password").write_text(PASSWORD)
        account.own(folder / "password")
        initdb = (
            "--username=payrank",
            "--auth=scram-sha-256",
            f"--pwfile={folder}/password",
            "--no-sync",
            "--encoding=UTF8",
        )
        _run(account, folder, PROGRAMS / "initdb", *initdb, f"--pgdata={folder}/data")
        authority = _certificate(account, folder, "server")
        hba = folder / "data" / "pg_hba.conf"
        hba.write_text("hostssl all all 127.0.0.1/32 scram-sha-256\nhostssl all all ::1/128 scram-sha-256\n")
        port = _free_port()
        options = f"-c listen_addresses=localhost -c port={port} -c unix_socket_directories='' -c fsync=off -c ssl=on"
        options += f" -c ssl_cert_file={folder}/server.crt -c ssl_key_file={folder}/server.key"
        control = PROGRAMS / "pg_ctl", f"--pgdata={folder}/data"
        _run(account, folder, *control, "start", "--wait", f"--log={folder}/log", f"--options={options}")
        try:
            yield TlsServer(port, authority)
        finally:
            _run(account, folder, *control, "stop", "--mode=immediate")


def _certificate(account: Account, folder: Path, name: str) -> Path:
    """A certificate for localhost, signed by itself, beside its key."""
    made = ("-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost")
    files = ("-addext", "subjectAltName=DNS:localhost", "-keyout", f"{folder}/{name}.key", "-out", f"{folder}/{name}.crt")
    _run(account, folder, "openssl", "req", *made, *files)
    (folder / f"{name}.crt").chmod(0o644)
    return folder / f"{name}.crt"


def _run(account: Account, folder: Path, *command: str | Path) -> None:
    subprocess.run(
        command,
        check=True,
        cwd=folder,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=60,
        umask=0o077,
        **account.popen_arguments(),
    )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _created(server: TlsServer, name: str) -> str:
    run_autocommit(server.url(**server.options), f"CREATE DATABASE {name}")
    return server.url(name, **server.options)


async def _size(url: str) -> int:
    """The records that the service reads over its connections, which have the settings that it needs."""
    async with Database.open(url) as database:
        await database.check()
        async with database.read() as connection:
            return int(await connection.fetchval("SELECT count(*) FROM salary_record"))


@pytest.fixture(scope="module")
def filled(tls_server: TlsServer) -> str:
    """The name of a database with seven records, made over TLS."""
    url = _created(tls_server, "filled")
    migrate(url)
    load_reference_data(url)
    publish(url, SEVEN)
    return "filled"


def test_the_service_backups_and_restores_use_tls(
    tls_server: TlsServer, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(PROGRAMS), prepend=os.pathsep)
    url = tls_server.url(filled, **tls_server.options)
    assert asyncio.run(_size(url)) == 7
    back_up(url, tmp_path / "backup")
    restored = _created(tls_server, "restored")
    restore_tables(restored, tmp_path / "backup")
    unmark(restored)
    assert asyncio.run(_size(restored)) == 7


def test_backup_without_a_program_with_tls_says_what_to_install(
    tls_server: TlsServer, filled: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DatabaseError, match=r"requires TLS, which the included pg_dump does not support.*postgresql-client"):
        back_up(tls_server.url(filled, **tls_server.options), tmp_path / "backup")
    with pytest.raises(DatabaseError, match=r"no encryption.* Add sslmode=require to PAYRANK_DATABASE_URL"):
        back_up(tls_server.url(filled), tmp_path / "backup")
    assert list(tmp_path.iterdir()) == []


def test_certificate_of_another_authority_is_refused(tls_server: TlsServer, filled: str, tmp_path: Path) -> None:
    account = server_account(tmp_path)
    tmp_path.chmod(0o755)
    other = _certificate(Account(os.geteuid(), os.getegid(), account.name, switch=False), tmp_path, "other")
    url = tls_server.url(filled, sslmode="verify-full", sslrootcert=str(other))
    with pytest.raises(DatabaseError, match=r"certificate of the database server was not accepted: self.signed certificate"):
        read_state(url)
    with pytest.raises(DatabaseError, match="certificate verify failed"), bulk_connection(url):
        pass


def test_certificate_for_another_host_is_refused(tls_server: TlsServer, filled: str) -> None:
    url = tls_server.url(filled, **tls_server.options).replace("localhost", "127.0.0.1")
    with pytest.raises(
        DatabaseError, match=r"was not accepted: IP address mismatch, certificate is not valid for '127\.0\.0\.1'"
    ):
        read_state(url)
