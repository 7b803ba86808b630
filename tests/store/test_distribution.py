"""The tables on a Citus cluster: PAYRANK_TEST_CITUS_URL names an empty database of one."""

import os
from collections.abc import Iterator

import pyarrow as pa
import pytest
from starlette.testclient import TestClient
from support.publishing import K, release
from support.records import publish, record_id
from support.sql_oracle import publish_random, where_sql
from support.stored_submissions import amend, answers, contribute, submissions, withdraw

from seed.reference_data import load_reference_data
from service.app import create_app
from service.errors import DatabaseError
from service.index.build import build_current_index
from service.market.cohort import Cohort
from service.market.grouping import GroupPage, group_by
from service.settings import load_settings
from service.stats.percentiles import percentile
from service.store.bulk import bulk_connection
from service.store.citus import distribute
from service.store.editions import draft
from service.store.migrate import downgrade, migrate
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

SUBMIT = "mutation ($input: SalarySubmissionInput!) { submitSalary(input: $input) { receipt userErrors { message } } }"


def test_a_server_without_citus_is_refused_with_a_remedy(database_url: str) -> None:
    steps: list[str] = []
    with pytest.raises(DatabaseError, match=r"Install it on every node .* CREATE EXTENSION citus"):
        distribute(database_url, steps.append)
    assert steps == []
    with bulk_connection(database_url) as rows:
        assert rows.scalar("SELECT count(*) FROM pg_roles WHERE rolname LIKE 'payrank\\_%' AND rolcanlogin") == 0


@pytest.fixture
def migrated() -> Iterator[str]:
    """A migrated database of a cluster, not distributed yet; emptied afterwards."""
    url = os.environ.get("PAYRANK_TEST_CITUS_URL")
    if not url:
        pytest.skip("no Citus cluster: set PAYRANK_TEST_CITUS_URL to an empty database of one")
    with bulk_connection(url) as rows:
        assert not rows.scalar("SELECT to_regclass('salary_record')::text"), "the database must not have tables"
    try:
        migrate(url)
        load_reference_data(url)
        yield url
    finally:
        downgrade(url, "base")


@pytest.fixture
def cluster(migrated: str) -> str:
    distribute(migrated, lambda _: None)
    return migrated


def _placed(url: str) -> dict[str, str]:
    with bulk_connection(url) as rows:
        found = rows.query("SELECT table_name::text AS name, citus_table_type AS kind FROM citus_tables").to_pylist()
    return {row["name"]: row["kind"] for row in found}


def test_records_are_distributed_and_reference_tables_are_on_all_nodes(cluster: str) -> None:
    expected = {"salary_record": "distributed"} | dict.fromkeys(
        ("factor_value", "source", "fx_rate", "price_level"), "reference"
    )
    assert expected.items() <= _placed(cluster).items()
    steps: list[str] = []
    distribute(cluster, steps.append)
    load_reference_data(cluster)
    assert steps == []


def test_existing_records_are_moved(migrated: str) -> None:
    publish(migrated, [{"base_salary": 100_000 + n} for n in range(50)])
    distribute(migrated, lambda _: None)
    assert build_current_index(migrated).columns.size == 50


def test_statistics_equal_those_of_the_cluster(cluster: str) -> None:
    publish_random(cluster, 3_000, 7)
    index = build_current_index(cluster)
    taxonomy = index.reference.taxonomy
    with bulk_connection(cluster) as rows:
        for factor in (Factor.LEVEL, Factor.COUNTRY, Factor.YEAR, Factor.SKILL):
            for group in group_by(Cohort(index), factor, None, GroupPage(20), None):
                condition = where_sql(group.cohort.conditions, taxonomy)
                values = group.cohort.values(Measure.BASE_SALARY)
                if not len(values):
                    continue
                [found] = rows.query(
                    "SELECT count(*) AS n, count(base_salary) AS reported, percentile_cont(0.3) WITHIN GROUP "
                    f"(ORDER BY base_salary) AS p30 FROM salary_record WHERE {condition}"
                ).to_pylist()
                assert (group.cohort.size, len(values), percentile(values, 0.3)) == tuple(found.values())


def test_editions_continue_and_records_are_found_by_id(cluster: str) -> None:
    publish(cluster, [{"base_salary": 100_000 + n} for n in range(10)])
    with pytest.raises(KeyboardInterrupt), draft(cluster) as edition:
        edition.retire_source(build_current_index(cluster).reference.taxonomy.find(Factor.SOURCE, "lca").id)
        edition.rows.commit()
        raise KeyboardInterrupt
    with draft(cluster) as edition:
        edition.retire(pa.array([record_id(0).bytes], pa.binary(16)))
    columns = build_current_index(cluster).columns
    assert columns.size == 9
    assert [columns.row(record_id(n)) is None for n in (3, 0, 1)] == [False, True, False]


def test_contributed_pay_is_released_audited_and_withdrawn(cluster: str) -> None:
    ids = contribute(cluster, [answers(base=100_000 + 3_000 * n) for n in range(2 * K + 2)])
    assert release(cluster).records == 2 * K + 2
    assert {row["status"] for row in submissions(cluster).values()} == {"published"}
    for id_ in ids[1:K]:
        withdraw(cluster, id_)
    amend(cluster, ids[0], answers(base=150_000))
    assert release(cluster, 1).removed == K
    assert release(cluster, 2).edition is None


def test_the_service_runs_on_a_cluster(cluster: str) -> None:
    """In its own roles, which the coordinator uses on the nodes too."""
    publish(cluster, [{"base_salary": 100_000 + n} for n in range(10)])
    settings = load_settings(proof_cost=0, submissions_per_hour=0)
    given = {
        "idempotencyKey": "the only idempotency key here",
        "proof": "",
        "role": "data-scientist",
        "level": "SENIOR",
        "experience": 5,
        "workMode": "REMOTE",
        "country": "us",
        "currency": "USD",
        "baseSalary": 150_000,
        "effective": "2026-01",
    }
    with TestClient(create_app(settings, cluster)) as client:
        page = client.post("/graphql", json={"query": "{ salaryRecords(first: 3) { totalCount nodes { id } } }"}).json()
        assert (page["data"]["salaryRecords"]["totalCount"], len(page["data"]["salaryRecords"]["nodes"])) == (10, 3)
        for _ in range(2):
            sent = client.post("/graphql", json={"query": SUBMIT, "variables": {"input": given}}).json()
            assert sent["data"]["submitSalary"]["userErrors"] == []
        receipt = sent["data"]["submitSalary"]["receipt"]
        again = client.post("/graphql", json={"query": f'{{ submission(receipt: "{receipt}") {{ status }} }}'}).json()
        assert again["data"]["submission"]["status"] in ("RECEIVED", "WAITING")
