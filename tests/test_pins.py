"""Dependencies are pinned to what was looked at: each by version and by the hashes of its files, from wherever they come."""

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
NODE = ("web/package-lock.json", "tests/outside/package-lock.json")


def entries() -> list[str]:
    """Each on one line, without comments."""
    text = re.sub(r"\s*\\\n\s*", " ", (ROOT / "requirements.lock").read_text())
    return [line.rstrip() for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


def pins() -> dict[str, str]:
    found = [match for match in map(_ENTRY.match, entries()) if match]
    return {name: pinned for name, pinned, _ in (match.groups() for match in found)}


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = project["dependencies"], *project["optional-dependencies"].values()
    return [Requirement(text) for listed in lists for text in listed]


def test_every_entry_is_one_version_with_its_hashes() -> None:
    assert [entry for entry in entries() if not _ENTRY.match(entry)] == []
    assert len(pins()) == len(entries()) > 50


def test_what_is_declared_is_pinned_as_it_is_wanted() -> None:
    known = pins()
    assert [str(one) for one in declared() if known.get(one.name.lower(), "0") not in one.specifier] == []


def test_what_is_installed_is_what_is_pinned() -> None:
    others = {name: found for name, pinned in pins().items() if (found := _installed(name)) not in (None, pinned)}
    assert others == {}


def _installed(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None


def test_what_is_installed_goes_together() -> None:
    told = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert told.returncode == 0, told.stdout


@pytest.mark.parametrize("file", NODE)
def test_node_packages_have_hashes_and_name_no_registry(file: str) -> None:
    packages = json.loads((ROOT / file).read_text())["packages"]
    fetched = {name: one for name, one in packages.items() if name.startswith("node_modules/") and not one.get("link")}
    assert len(fetched) > 10
    assert [name for name, one in fetched.items() if not one.get("integrity", "").startswith("sha512-")] == []
    assert [name for name, one in fetched.items() if "resolved" in one] == []
