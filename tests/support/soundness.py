"""What holds of an installation whatever happened to it: what was acknowledged is there, once; no command finds fault."""

from typing import Any
from uuid import UUID

import orjson
from typer.testing import CliRunner

from service.cli.command import command_line
from service.errors import DataError
from service.store.bulk import bulk
from support.mixed_load import Contribution, Load


def needs_care(url: str, command: str, **settings: object) -> list[str]:
    """What a command of `payrank` finds wrong, in its own words; it ends with an error just where there is something."""
    environment = {"PAYRANK_DATABASE_URL": url, "COLUMNS": "200"}
    given = {f"PAYRANK_{name}": str(value) for name, value in settings.items()}
    ran = CliRunner().invoke(command_line(), [command], env=environment | given)
    found = [line.removeprefix("✗ ") for line in ran.stderr.splitlines() if line.startswith("✗")]
    assert isinstance(ran.exception, DataError if found else type(None)), (ran.exception, ran.output)
    return found


def compare(url: str, load: Load) -> None:
    """Each contribution is what its contributor was told, each decision is kept, each record is of one of them."""
    with bulk(url) as rows:
        stored = rows.rows("SELECT id::text, status, record::text, answers::text FROM submission").to_pylist()
        records = rows.rows("SELECT id::text FROM salary_record WHERE removed_in IS NULL").to_pylist()
        reviews = rows.rows("SELECT submission::text, decision, note FROM review").to_pylist()
    there = {UUID(row["id"]): row for row in stored}
    assert len(there) == len(stored)
    acknowledged = {id_ for id_, one in load.contributions.items() if one.receipt}
    assert acknowledged <= set(there) <= set(load.contributions)
    for id_, row in there.items():
        _as_told(load.contributions[id_], row)
    linked = [row["record"] for row in stored if row["record"]]
    assert len(linked) == len(set(linked))
    assert {record["id"] for record in records} == set(linked)
    kept = [row["note"] for row in reviews]
    assert len(kept) == len(set(kept))
    assert load.decided <= set(kept) <= set(load.tried)
    assert {row["note"]: (UUID(row["submission"]), row["decision"]) for row in reviews}.items() <= load.tried.items()
    _decided(load, there)


def _as_told(one: Contribution, row: dict[str, Any]) -> None:
    told = orjson.loads(row["answers"]) if row["answers"] else None
    assert (told and told["base"]) in one.pays
    assert (row["status"] == "withdrawn") == (told is None)
    assert told or row["record"] is None


def _decided(load: Load, there: dict[UUID, dict[str, Any]]) -> None:
    """A decision stands as long as the contributor has changed nothing."""
    for note in load.decided:
        id_, decision = load.tried[note]
        if not load.contributions[id_].changed:
            assert there[id_]["status"] in (("accepted", "published") if decision == "accept" else ("rejected",))
