"""A real PostgreSQL for every test that wants one: a template with reference data, and a clone of it for each test."""

import gc
import os
from collections.abc import Generator, Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

os.environ.setdefault("OMP_NUM_THREADS", "1")  # tests run beside each other; before anything that reads it is imported

import hypothesis
import pytest
from support.databases import clone, named, run_autocommit, server_folder
from support.records import SEVEN, publish

from seed.reference_data import load_reference_data
from service.market.model_pool import ModelPool
from service.store.embedded import embedded_server
from service.store.migrate import migrate

hypothesis.settings.register_profile("random", deadline=None)  # speed belongs to `make bench`
hypothesis.settings.register_profile("repeatable", deadline=None, derandomize=True)  # a failure comes from a change
hypothesis.settings.load_profile("repeatable")

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None]:
    """Thousands of modules and tests are made, and none is garbage: looking for it takes a quarter of the time, and again
    during the tests."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if not DATA.is_dir():
        missing = pytest.mark.skip(reason="the openly licensed files of ../shared/data are not here")
        for item in items:
            if item.get_closest_marker("real_data"):
                item.add_marker(missing)


@pytest.fixture(scope="session")
def data_files() -> Path:
    """The folder of real data sets; tests that use it carry the marker `real_data`."""
    return DATA


@pytest.fixture(scope="session", autouse=True)
def cache_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The cache folder of services in this process, and of those that tests start."""
    folder = tmp_path_factory.mktemp("cache")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYRANK_CACHE_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def journal_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The journal's folder of services in this process, and of those that tests start."""
    folder = tmp_path_factory.mktemp("journal")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYRANK_JOURNAL_DIR", str(folder))
        yield folder


@pytest.fixture(scope="session", autouse=True)
def _no_downloads() -> Iterator[None]:
    """Services that tests start load the sample, unless a test says otherwise, and nothing over the network."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PAYRANK_START", "sample")
        yield


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    """A PostgreSQL server: the one of PAYRANK_TEST_DATABASE_URL, or an embedded one that need not survive a crash.

    Its password is hashed again in one iteration instead of 4,096, which are half the time of connecting.
    """
    given = os.environ.get("PAYRANK_TEST_DATABASE_URL")
    if given:
        yield given
        return
    settings = {"fsync": "off", "synchronous_commit": "off", "scram_iterations": "1"}
    with server_folder() as folder, embedded_server(folder, lambda _: None, settings) as url:
        run_autocommit(url, f"ALTER ROLE CURRENT_USER PASSWORD '{urlsplit(url).password}'")
        yield url


@pytest.fixture(scope="session")
def empty_template(server_url: str) -> str:
    """The name of a database with reference data and no records."""
    name = f"template_{uuid4().hex[:12]}"
    run_autocommit(server_url, f"CREATE DATABASE {name}")
    url = named(server_url, name)
    migrate(url)
    load_reference_data(url)
    return name


@pytest.fixture(scope="module")
def model_pool() -> Iterator[ModelPool]:
    """The pool of processes that fit models, as of a service: it knows databases by their editions only."""
    with ModelPool.open() as opened:
        yield opened


@pytest.fixture(scope="module")
def url_of_seven(server_url: str, empty_template: str) -> Iterator[str]:
    """A database of the tests of a module, with seven records."""
    with clone(server_url, empty_template) as url:
        publish(url, SEVEN)
        yield url


@pytest.fixture
def database_url(server_url: str, empty_template: str) -> Iterator[str]:
    """A database of the test's own, with reference data and no records."""
    with clone(server_url, empty_template) as url:
        yield url
