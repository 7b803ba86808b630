"""The command as a user without a name and a home, on a read-only file system with one folder to write to."""

import re
import signal
import socket
import subprocess
from collections.abc import Iterator

import pytest
from support.confinement import Confinement, confinement
from support.payrank_process import COMMAND, READY, serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def confined() -> Iterator[Confinement]:
    with confinement() as found:
        yield found


@pytest.fixture(scope="module")
def bare(bare_environment: dict[str, str]) -> dict[str, str]:
    """No setting but the size of the sample; no HOME."""
    unset = {"HOME", "TMPDIR", "XDG_CACHE_HOME", "XDG_DATA_HOME", "PAYRANK_CACHE_DIR", "PAYRANK_JOURNAL_DIR"}
    kept = {name: value for name, value in bare_environment.items() if name not in unset}
    return kept | {"PAYRANK_SAMPLE_RECORDS": "5000"}


@pytest.fixture(scope="module")
def folders(confined: Confinement) -> dict[str, str]:
    """The settings that place everything in the folder that can be written to."""
    (confined.folder / "tmp").mkdir()
    (confined.folder / "tmp").chmod(0o1777)
    names = {"PAYRANK_DATA_DIR": "data", "PAYRANK_CACHE_DIR": "cache", "TMPDIR": "tmp"}
    return {variable: str(confined.folder / name) for variable, name in names.items()}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_the_service_needs_neither_a_named_user_nor_a_home_nor_other_folders(
    confined: Confinement, bare: dict[str, str], folders: dict[str, str], workers: str
) -> None:
    """Its first start creates the embedded PostgreSQL, and its commands use that."""
    environment = bare | folders | {"PAYRANK_WORKERS": workers}
    with serving(environment, confined.command) as served:
        assert served.query("{ edition { records } cohort { size } }") == {
            "edition": {"records": 5000},
            "cohort": {"size": 5000},
        }
        done = _run(confined, environment, "backup", str(confined.folder / f"{workers}.dump"))
        assert done.returncode == 0, done.stderr
        served.stop(signal.SIGTERM)
    assert served.output.splitlines()[-1] == f"{READY}http://127.0.0.1:{served.port}"
    assert "cannot" not in served.output


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"PAYRANK_DATA_DIR": ""}, "/var/lib/payrank.* PAYRANK_DATA_DIR to "),
        ({"PAYRANK_DATA_DIR": "~/payrank"}, "PAYRANK_DATA_DIR='~/payrank' .* no home folder is known .* without ~"),
        ({"PAYRANK_JOURNAL_DIR": "/var/journal"}, "/var/journal .*Read-only file system.* PAYRANK_JOURNAL_DIR to a folder"),
        ({"TMPDIR": "", "PAYRANK_WORKERS": "2"}, "temporary directory .* Set TMPDIR to a folder"),
    ],
)
def test_an_error_names_the_setting_of_a_folder_that_cannot_be_used(
    confined: Confinement, bare: dict[str, str], folders: dict[str, str], changed: dict[str, str], error: str
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    ran = _run(confined, bare | folders | changed, "serve", "--port", str(port))
    assert ran.returncode == 1
    assert re.match(f"payrank: .*{error}", ran.stderr.splitlines()[-1])


def test_a_cache_that_cannot_be_used_is_announced_with_its_setting(
    confined: Confinement, bare: dict[str, str], folders: dict[str, str]
) -> None:
    with serving(bare | folders | {"PAYRANK_CACHE_DIR": ""}, confined.command) as served:
        served.stop(signal.SIGTERM)
    assert "Set PAYRANK_CACHE_DIR to another folder." in served.output


def _run(confined: Confinement, environment: dict[str, str], *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [*confined.command, *COMMAND, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
