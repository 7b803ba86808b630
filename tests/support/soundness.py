"""What must hold after any fault: acknowledged changes are stored, once, and the checking commands find nothing wrong."""

from typing import Any
from uuid import UUID

import orjson
from typer.testing import CliRunner

from service.cli.command import command_line
from service.errors import DataError
from service.store.bulk import bulk_connection
from service.store.publication import LINKS
from support.mixed_load import Contribution, Load


def failed_checks(url: str, command: str, **settings: object) -> list[str]:
    """What a command of `payrank` finds wrong, line by line; it exits with an error only if there is something."""
    environment = {"PAYRANK_DATABASE_URL": url, "COLUMNS": "200"}
    variables = {f"PAYRANK_{name}": str(value) for name, value in settings.items()}
    result = CliRunner().invoke(command_line(), [command], env=environment | variables)
    found = [line.removeprefix("✗ ") for line in result.stderr.splitlines() if line.startswith("✗")]
    found += result.stdout.splitlines()
    assert isinstance(result.exception, DataError if found else type(None)), (result.exception, result.output)
    return found


def check_consistency(url: str, load: Load) -> None:
    """Each submission is as its contributor last saw it, each decision is stored, and each record that was not withdrawn
    belongs to one of them.
    """
    columns = ", ".join(f"{column}::text" for column in LINKS.values())
    with bulk_connection(url) as rows:
        stored = rows.query(f"SELECT id::text, status, {columns}, answers::text FROM submission").to_pylist()
        records = rows.query("SELECT id::text FROM salary_record WHERE removed_in IS NULL").to_pylist()
        withdrawn = set(rows.query("SELECT record::text FROM withdrawn_record").column("record").to_pylist())
        reviews = rows.query("SELECT submission::text, decision, note FROM review").to_pylist()
    by_id = {UUID(row["id"]): row for row in stored}
    assert len(by_id) == len(stored)
    acknowledged = {id_ for id_, one in load.contributions.items() if one.receipt}
    assert acknowledged <= set(by_id) <= set(load.contributions)
    for id_, row in by_id.items():
        _check_answers(load.contributions[id_], row)
    linked = [row[column] for row in stored for column in LINKS.values() if row[column]]
    assert len(linked) == len(set(linked))
    assert not withdrawn & set(linked)
    published = {row[column] for row in stored if row["status"] == "published" for column in LINKS.values()} - {None}
    assert published <= {record["id"] for record in records} <= set(linked) | withdrawn
    notes = [row["note"] for row in reviews]
    assert len(notes) == len(set(notes))
    assert load.decided <= set(notes) <= set(load.tried)
    assert {row["note"]: (UUID(row["submission"]), row["decision"]) for row in reviews}.items() <= load.tried.items()
    _check_decisions(load, by_id)


def _check_answers(one: Contribution, row: dict[str, Any]) -> None:
    answers = orjson.loads(row["answers"]) if row["answers"] else None
    assert (answers and answers["base"]) in one.pays
    assert (row["status"] == "withdrawn") == (answers is None)
    assert answers or not any(row[column] for column in LINKS.values())


def _check_decisions(load: Load, by_id: dict[UUID, dict[str, Any]]) -> None:
    """A decision holds as long as the contributor has changed nothing."""
    for note in load.decided:
        id_, decision = load.tried[note]
        if not load.contributions[id_].changed:
            assert by_id[id_]["status"] in (("accepted", "published") if decision == "accept" else ("rejected",))
