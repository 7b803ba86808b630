"""Failures of the service and its database: an error code, no internals, and responses from the index continue."""

import json
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from support.databases import run_autocommit
from support.records import publish
from support.submissions import UNKNOWN_RECEIPT

from service.app import create_app
from service.settings import load_settings

COHORT = "{ cohort { size records { totalCount } } }"
DATA = {"cohort": {"size": 1, "records": {"totalCount": 1}}}


def test_unexpected_errors_are_masked(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The client gets an id, the log has the error under this id, and neither has the password."""
    publish(database_url, [{"base_salary": 100_000}])
    with TestClient(create_app(load_settings(), database_url)) as client:
        run_autocommit(database_url, "ALTER TABLE submission RENAME TO gone")
        response = client.post("/graphql", json={"query": UNKNOWN_RECEIPT})
        [error] = response.json()["errors"]
        assert response.status_code == 200
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["extensions"]["id"] in error["message"]
        assert "gone" not in response.text
        assert "relation" not in response.text
        logged = next(line for line in capsys.readouterr().err.splitlines() if error["extensions"]["id"] in line)
        assert "submission" in json.loads(logged)["exception"]
        assert str(urlsplit(database_url).password) not in logged
        assert client.post("/graphql", json={"query": COHORT}).json()["data"] == DATA


@pytest.mark.filterwarnings("ignore:.*has 1 active log listener:asyncpg.InterfaceWarning")  # if it is half closed by then
def test_the_service_recovers_from_an_unreachable_database(server_url: str, database_url: str) -> None:
    """Statistics and records come from the index; submissions come from the database, and work again once it is back."""
    publish(database_url, [{"base_salary": 100_000}])
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    with TestClient(create_app(load_settings(refresh_seconds=3600), database_url)) as client:
        assert "errors" not in client.post("/graphql", json={"query": UNKNOWN_RECEIPT}).json()
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        run_autocommit(server_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        [error] = client.post("/graphql", json={"query": UNKNOWN_RECEIPT}).json()["errors"]
        assert error["extensions"]["code"] == "OVERLOADED"
        assert "cannot be reached" in error["message"]
        assert client.post("/graphql", json={"query": COHORT}).json()["data"] == DATA
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        assert "errors" not in client.post("/graphql", json={"query": UNKNOWN_RECEIPT}).json()
