"""When the service or its database fails: a labelled error, no inner words, and the index answers on."""

import json
from urllib.parse import urlsplit

import pytest
from starlette.testclient import TestClient
from support.databases import run_autocommit
from support.records import publish
from support.submissions import NEVER_GIVEN

from service.app import create_app
from service.settings import load_settings

COHORT = "{ cohort { size records { totalCount } } }"
TOLD = {"cohort": {"size": 1, "records": {"totalCount": 1}}}


def test_an_unexpected_failure_is_masked_and_told_by_an_id(database_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The client gets an id, the log what happened under that id, and nobody the password."""
    publish(database_url, [{"base_salary": 100_000}])
    with TestClient(create_app(load_settings(), database_url)) as client:
        run_autocommit(database_url, "ALTER TABLE submission RENAME TO gone")
        response = client.post("/graphql", json={"query": NEVER_GIVEN})
        [error] = response.json()["errors"]
        assert response.status_code == 200
        assert error["extensions"]["code"] == "INTERNAL_SERVER_ERROR"
        assert error["extensions"]["id"] in error["message"]
        assert "gone" not in response.text
        assert "relation" not in response.text
        logged = next(line for line in capsys.readouterr().err.splitlines() if error["extensions"]["id"] in line)
        assert "submission" in json.loads(logged)["exception"]
        assert str(urlsplit(database_url).password) not in logged
        assert client.post("/graphql", json={"query": COHORT}).json()["data"] == TOLD


def test_a_database_that_is_gone_is_told_and_heals(server_url: str, database_url: str) -> None:
    """Figures and records come from the index and go on; submissions come from the database, and are back as it is."""
    publish(database_url, [{"base_salary": 100_000}])
    name = database_url.split("?", maxsplit=1)[0].rpartition("/")[2]
    with TestClient(create_app(load_settings(refresh_seconds=3600), database_url)) as client:
        assert "errors" not in client.post("/graphql", json={"query": NEVER_GIVEN}).json()
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
        run_autocommit(server_url, f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
        [error] = client.post("/graphql", json={"query": NEVER_GIVEN}).json()["errors"]
        assert error["extensions"]["code"] == "OVERLOADED"
        assert "cannot be reached" in error["message"]
        assert client.post("/graphql", json={"query": COHORT}).json()["data"] == TOLD
        run_autocommit(server_url, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS true")
        assert "errors" not in client.post("/graphql", json={"query": NEVER_GIVEN}).json()
