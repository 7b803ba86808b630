"""Every dependency is pinned by version and by the hashes of its files."""

import json
import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
_ENTRY = re.compile(r"^([a-z0-9._-]+)==(\S+)(?: ; .+)?((?:\s+--hash=sha256:[0-9a-f]{64})+)$")
SERVING, DEVELOPING = "requirements.lock", "requirements-dev.lock"
NODE = ("web/package-lock.json", "tests/outside/package-lock.json")


def entries(lock: str) -> list[str]:
    """The entries of a lock file, one line each, without comments."""
    text = re.sub(r"\s*\\\n\s*", " ", (ROOT / lock).read_text())
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins(lock: str) -> dict[str, str]:
    matches = [match for match in map(_ENTRY.match, entries(lock)) if match]
    return {name: pinned for name, pinned, _ in (match.groups() for match in matches)}


def declared(*extras: str) -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = project["dependencies"], *(project["optional-dependencies"][extra] for extra in extras)
    return [Requirement(text) for listed in lists for text in listed]


@pytest.mark.parametrize("lock", [SERVING, DEVELOPING])
def test_every_entry_has_one_version_and_its_hashes(lock: str) -> None:
    assert [entry for entry in entries(lock) if not _ENTRY.match(entry)] == []
    assert len(pins(lock)) == len(entries(lock)) > 50


@pytest.mark.parametrize(
    ("lock", "extras"), [(SERVING, ("build", "telemetry")), (DEVELOPING, ("build", "telemetry", "dev"))]
)
def test_pins_satisfy_what_the_project_declares(lock: str, extras: tuple[str, ...]) -> None:
    known = pins(lock)
    assert [str(one) for one in declared(*extras) if known.get(one.name.lower(), "0") not in one.specifier] == []


def test_tests_run_on_the_versions_that_serve() -> None:
    serving, developing = pins(SERVING), pins(DEVELOPING)
    assert {name: pin for name, pin in serving.items() if developing.get(name) != pin} == {}


@pytest.mark.parametrize("lock", sorted((ROOT / "tests" / "outside" / "python").glob("*.lock")), ids=lambda lock: lock.stem)
def test_clients_in_tests_are_pinned_as_they_are_declared(lock: Path) -> None:
    """`make lock` leaves these as they are: they are versions that others still use."""
    path = str(lock.relative_to(ROOT))
    assert [entry for entry in entries(path) if not _ENTRY.match(entry)] == []
    asked = dict(line.split("==") for line in lock.with_suffix(".in").read_text().split())
    assert asked.items() <= pins(path).items()


def test_serving_installs_no_test_tools() -> None:
    tools = {one.name.lower() for one in declared("dev")} - {one.name.lower() for one in declared("build", "telemetry")}
    direct = tools - {"psutil", "brotli", "zstandard", "requests"}  # which serving depends on as well
    assert len(direct) > 10
    assert sorted(direct & set(pins(SERVING))) == []


def test_installed_versions_are_the_pinned_ones() -> None:
    others = {name: found for name, pinned in pins(DEVELOPING).items() if (found := _installed(name)) not in (None, pinned)}
    assert others == {}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def test_installed_packages_are_compatible() -> None:
    check = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False, timeout=120)
    assert check.returncode == 0, check.stdout


@pytest.mark.parametrize("file", NODE)
def test_node_packages_have_hashes_and_name_no_registry(file: str) -> None:
    packages = json.loads((ROOT / file).read_text())["packages"]
    fetched = {name: one for name, one in packages.items() if name.startswith("node_modules/") and not one.get("link")}
    assert len(fetched) > 10
    assert [name for name, one in fetched.items() if not one.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, one in fetched.items() if "resolved" in one] == []
