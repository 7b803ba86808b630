"""The structure of the code: layers, no import cycles, and modules that are neither too small nor too large."""

import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("service", "schema", "seed", "bench")
MAX_LINES = 500
MIN_LINES_WITH_ONE_READER = 60
ROOT_TYPES = {"schema.query", "schema.mutation", "schema.subscription"}
"""A module each, however small: they are where readers of GraphQL look first."""


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    return grimp.build_graph(*PACKAGES, cache_dir=None)


def lines_of(module: str) -> int:
    path = ROOT.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    return len(file.read_text(encoding="utf-8").splitlines())


def is_package(module: str) -> bool:
    return ROOT.joinpath(*module.split(".")).is_dir()


def test_import_contracts_are_kept() -> None:
    run = subprocess.run(
        [Path(sys.executable).with_name("lint-imports")], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert run.returncode == 0, run.stdout
    assert " 0 broken" in run.stdout


def test_modules_import_each_other_in_no_cycle(graph: grimp.ImportGraph) -> None:
    TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules}).prepare()


def test_no_module_is_too_long(graph: grimp.ImportGraph) -> None:
    lengths = {module: lines_of(module) for module in graph.modules}
    assert len(lengths) > 100
    assert {module: lines for module, lines in lengths.items() if lines > MAX_LINES} == {}


def test_no_small_module_serves_a_single_reader(graph: grimp.ImportGraph) -> None:
    modules = {module for module in graph.modules if not is_package(module)} - ROOT_TYPES
    small = {module for module in modules if 0 < lines_of(module) < MIN_LINES_WITH_ONE_READER}
    readers = {module: graph.find_modules_that_directly_import(module) for module in small}
    assert {module: found for module, found in readers.items() if len(found) == 1} == {}


def test_no_source_file_of_the_page_is_too_long() -> None:
    files = [path for ending in ("ts", "tsx", "css") for path in (ROOT / "web" / "src").rglob(f"*.{ending}")]
    written = [path for path in files if path.parent.name != "gql"]  # src/gql is generated
    assert len(written) > 50
    long = {
        str(path.relative_to(ROOT)): lines for path in written if (lines := len(path.read_text().splitlines())) > MAX_LINES
    }
    assert long == {}
