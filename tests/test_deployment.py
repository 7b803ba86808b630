"""The files for systemd and Docker Compose are valid, and name settings and files that exist."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from service.settings import unknown_variables

ROOT = Path(__file__).parents[1]
UNIT, PROXY = ROOT / "docs" / "deploy" / "payrank.service", ROOT / "docs" / "deploy" / "proxy.yml"
FILES = (UNIT, PROXY, ROOT / "docker-compose.yml", ROOT / "Dockerfile")


def test_every_variable_is_a_setting() -> None:
    named = {name for file in FILES for name in re.findall(r"\bPAYRANK_[A-Z_]+", file.read_text())}
    assert len(named) >= 5
    assert list(unknown_variables(dict.fromkeys(named, "1"))) == []


def test_the_proxy_is_in_front_of_the_service_and_trusted_alone() -> None:
    services = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
    added = yaml.safe_load(PROXY.read_text())["services"]
    assert added["serve"] == {"environment": {"PAYRANK_PROXY_HOPS": "1", "PAYRANK_ORIGINS": "${PAYRANK_ORIGINS-}"}}
    assert set(added["proxy"]["depends_on"]) <= set(services)
    [mounted] = [volume.split(":")[0] for volume in added["proxy"]["volumes"]]
    configuration = (ROOT / mounted).read_text()
    host, port = re.findall(r"proxy_pass http://(\w+):(\d+);", configuration)[0]
    assert services[host]["ports"][0].endswith(f":{port}")
    assert "X-Forwarded-For $proxy_add_x_forwarded_for" in configuration


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """With another program in place of the one that is not installed here."""
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd is not here")
    unit = tmp_path / UNIT.name
    unit.write_text(UNIT.read_text().replace("/opt/payrank/bin/payrank", sys.executable))
    command = ["systemd-analyze", "verify", "--man=no", "--recursive-errors=no", str(unit)]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (checked.returncode, checked.stderr) == (0, "")
