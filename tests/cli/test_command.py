"""The `payrank` command as users run it: real processes, a real embedded server, and what it prints without either."""

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from support.payrank_process import COMMAND, Run
from typer.testing import CliRunner

from service.cli.command import command_line
from service.settings import Settings

ROOT = Path(__file__).parents[2]
Printed = Callable[..., str]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> Printed:
    """Run a subcommand that needs no process of its own, and return what it prints."""
    monkeypatch.setenv("COLUMNS", "200")

    def of(*arguments: str) -> str:
        result = CliRunner().invoke(command_line(), arguments, catch_exceptions=False)
        assert result.exit_code == 0
        return result.stdout

    return of


@pytest.mark.slow
def test_a_sample_is_replaced_and_removed(run: Run) -> None:
    assert "Loaded 300 sample records" in run("sample", "--records", "300", "--seed", "2").stderr
    assert "Removed 300 sample records." in run("sample", "--remove").stderr
    assert "There are no sample records to remove." in run("sample", "--remove").stderr


@pytest.mark.slow
def test_an_import_reports_what_it_did(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "pay.csv"
    header = "work_year,experience_level,employment_type,job_title,salary,salary_currency,salary_in_usd,"
    header += "employee_residence,remote_ratio,company_location,company_size\n"
    rows = ["2021,SE,FT,Data Scientist,100000,USD,100000,US,0,US,M\n", "2021,SE,FT,Data Scientist,x,USD,1,US,0,US,M\n"]
    file.write_text(header + "".join(rows))
    first = run("import", "aijobs", str(file)).stderr
    assert re.search(r"2  read *\n +1  imported *\n +1  refused *\n", first)
    assert re.search(r"Refused rows, with their reasons: .*pay.csv.refused.csv", first)
    assert "no edition was published" in run("import", "aijobs", str(file)).stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["import", "atlantis"], "aijobs"),
        pytest.param(["import", "aijobs", "/nowhere/pay.csv"], "/nowhere/pay.csv", marks=pytest.mark.slow),
        pytest.param(["import", "--mapping", "/nowhere/my.toml", "x.csv"], "/nowhere/my.toml", marks=pytest.mark.slow),
        pytest.param(["migrate", "--distribute"], "does not have Citus. Install it on every node", marks=pytest.mark.slow),
    ],
)
def test_an_expected_error_is_one_line_with_status_1(run: Run, arguments: list[str], words: str) -> None:
    ran = run(*arguments)
    assert ran.returncode == 1
    assert words in ran.stderr.splitlines()[-1]
    assert "Traceback" not in ran.stderr


def test_an_invalid_setting_is_one_line_with_status_1(run: Run) -> None:
    ran = run("serve", PAYRANK_PORT="99999999")
    assert (ran.returncode, "PAYRANK_PORT" in ran.stderr, "Traceback" in ran.stderr) == (1, True, False)


@pytest.mark.slow
def test_every_subcommand_warns_of_a_variable_that_is_not_a_setting(run: Run) -> None:
    warning = "PAYRANK_POTR is not a setting and has no effect. Did you mean PAYRANK_PORT?"
    assert warning in run("sdl", PAYRANK_POTR="80").stderr
    assert warning in run("sample", "--remove", PAYRANK_POTR="80").stderr


def test_help_lists_every_setting(printed: Printed) -> None:
    shown = printed("--help")
    assert {name for name in Settings.model_fields if f"PAYRANK_{name.upper()}" not in shown} == set()
    assert "Undefined" not in shown
    assert not re.search(r"\(default:\s+(True|False|None|)\)", shown)
    assert re.search(r"\(default:\s+true\)", shown)


def test_help_leaves_out_what_only_serve_uses(printed: Printed) -> None:
    assert "first-start" not in printed("--help")
    assert "--until-eof" not in printed("publish", "--help")


def test_help_of_import_names_both_kinds_of_files(printed: Printed) -> None:
    shown = " ".join(re.sub(r"[│╭╰─╮╯]", " ", printed("import", "--help")).split())
    assert "Import a data set of the catalogue, or your own file with --mapping." in shown
    assert "With --mapping, only the file." in shown


def test_the_schema_can_be_printed(printed: Printed) -> None:
    assert "type Query" in printed("sdl")


@pytest.mark.slow
def test_a_process_of_its_own_prints_the_same(run: Run, printed: Printed) -> None:
    assert run("sdl").stdout == printed("sdl")
    assert printed("--help").partition("\n\n")[2].split() == run("--help").stdout.partition("\n\n")[2].split()


@pytest.mark.slow
def test_migrations_can_be_downgraded_and_applied_again(run: Run) -> None:
    assert run("migrate", "--down", "base").returncode == 0
    assert run("migrate").returncode == 0


def test_a_package_of_another_distribution_is_reported_before_anything_else(
    bare_environment: dict[str, str], tmp_path: Path
) -> None:
    """One in a folder that Python searches first, and one that was installed over PayRank's own."""
    (tmp_path / "over" / "schema").mkdir(parents=True)
    (tmp_path / "over" / "schema" / "__init__.py").write_text("def validate(): ...\n" * 20)
    (tmp_path / "before" / "seed").mkdir(parents=True)
    (tmp_path / "before" / "seed" / "__init__.py").touch()
    for name in ("service", "seed", "migrations"):
        (tmp_path / "over" / name).symlink_to(ROOT / name)
    for folder, package, paths in (("over", "schema", ("over",)), ("before", "seed", ("before", str(ROOT)))):
        variables = {"PYTHONPATH": os.pathsep.join(str(tmp_path / path) for path in paths)}
        ran = subprocess.run(
            [sys.executable, "-P", *COMMAND[1:], "sdl"],
            env=bare_environment | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        found = tmp_path / folder / package / "__init__.py"
        assert ran.returncode == 1
        assert ran.stderr.startswith(f"payrank: The package `{package}` that Python finds ({found}) is not PayRank's. ")
        assert "into a virtual environment of its own" in ran.stderr
