"""The house: imports only go down, and what is pure stays pure. The contracts stand in pyproject.toml."""

import subprocess
import sys
from pathlib import Path


def test_every_import_contract_is_kept() -> None:
    ran = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")],
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    assert " 0 broken" in ran.stdout


def test_no_module_outgrows_its_room() -> None:
    root = Path(__file__).parents[1]
    modules = [path for folder in ("service", "schema", "seed", "bench") for path in (root / folder).rglob("*.py")]
    long = {str(path.relative_to(root)): lines for path in modules if (lines := len(path.read_text().splitlines())) > 300}
    assert len(modules) > 50
    assert long == {}
