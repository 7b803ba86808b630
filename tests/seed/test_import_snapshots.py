"""Successive snapshots of a file: new rows are added, vanished rows are retired, others stay unchanged."""

from collections import Counter
from pathlib import Path
from random import Random
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.csv_imports import PAY, PLAIN, import_text, pays, records
from support.databases import clone

from seed.importer.identity import content_keys, occurrence_keys
from service.errors import DataError
from service.store.bulk import bulk_connection
from service.store.editions import current_edition

MAPPING = PLAIN + PAY + '\n[[factor]]\nfactor = "level"\ncolumn = "lvl"\n'
ONE_TABLE = "pay,lvl\n"


def counts(report: object) -> tuple[int, ...]:
    return tuple(getattr(report, name) for name in ("imported", "restated", "unchanged", "retired", "retained"))


def edition(url: str) -> int:
    with bulk_connection(url) as rows:
        found = current_edition(rows)
    return found.number if found else 0


def test_second_import_changes_nothing(database_url: str, tmp_path: Path) -> None:
    content = ONE_TABLE + "5,mid\n5,mid\n5,mid\n6,senior\n"
    first = import_text(database_url, tmp_path, content, MAPPING)
    again = import_text(database_url, tmp_path, content, MAPPING)
    assert (counts(first), first.edition) == ((4, 0, 0, 0, 0), 1)
    assert (counts(again), again.edition) == ((0, 0, 4, 0, 0), None)
    assert (pays(database_url), edition(database_url)) == ([5, 5, 5, 6], 1)


def test_longer_snapshot_adds_its_new_rows(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n5,mid\n6,senior\n", MAPPING)
    old = {row["id"] for row in records(database_url)}
    report = import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n7,mid\n5,mid\n5,mid\n6,senior\n", MAPPING)
    assert counts(report) == (2, 0, 3, 0, 0)
    assert pays(database_url) == [5, 5, 5, 6, 7]
    assert old < {row["id"] for row in records(database_url)}


def test_vanished_rows_are_retired_and_can_return(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n6,mid\n7,mid\n", MAPPING)
    before = records(database_url)
    assert counts(import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n7,mid\n", MAPPING)) == (0, 0, 2, 1, 0)
    assert pays(database_url) == [5, 7]
    assert counts(import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n6,mid\n7,mid\n", MAPPING)) == (1, 0, 2, 0, 0)
    assert records(database_url) == before


def test_truncated_file_retires_nothing(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n6,mid\n7,mid\n", MAPPING)
    report = import_text(database_url, tmp_path, ONE_TABLE + "4,mid\n5,mid\n6", MAPPING)
    assert (counts(report), report.truncated) == ((1, 0, 1, 0, 2), True)
    assert pays(database_url) == [4, 5, 6, 7]


def test_without_snapshot_nothing_is_retired(database_url: str, tmp_path: Path) -> None:
    mapping = MAPPING.replace('kind = "survey"', 'kind = "survey"\nsnapshot = false')
    import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n", mapping)
    assert counts(import_text(database_url, tmp_path, ONE_TABLE + "6,mid\n", mapping)) == (1, 0, 0, 0, 1)
    assert pays(database_url) == [5, 6]


@pytest.mark.parametrize("snapshot", ["true", "false"])
def test_changed_mapping_restates_rows(database_url: str, tmp_path: Path, snapshot: str) -> None:
    mapping = MAPPING.replace('kind = "survey"', f'kind = "survey"\nsnapshot = {snapshot}')
    content = ONE_TABLE + "5,boffin\n6,mid\n"
    import_text(database_url, tmp_path, content, mapping)
    report = import_text(database_url, tmp_path, content, mapping + 'map = {boffin = "principal"}\n')
    assert (counts(report), report.unknown) == ((0, 1, 1, 0, 0), {})
    assert [row["level"] for row in records(database_url)] == ["principal", "mid"]


def test_ignored_columns_do_not_distinguish_rows(database_url: str, tmp_path: Path) -> None:
    mapping = MAPPING + '[file]\nignore = ["row"]\n'
    import_text(database_url, tmp_path, "row,pay,lvl\n0,5,mid\n1,5,mid\n", mapping)
    report = import_text(database_url, tmp_path, "row,pay,lvl\n0,4,mid\n1,5,mid\n2,5,mid\n", mapping)
    assert counts(report) == (1, 0, 2, 0, 0)


def test_line_ends_do_not_distinguish_rows(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, 'pay,lvl,note\n5,mid,"two\nlines"\n', MAPPING)
    assert counts(import_text(database_url, tmp_path, 'pay,lvl,note\r\n5,mid,"two\r\nlines"\r\n', MAPPING)) == (
        0,
        0,
        1,
        0,
        0,
    )


def test_sources_are_independent(database_url: str, tmp_path: Path) -> None:
    import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n", MAPPING)
    import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n", MAPPING.replace('"test"', '"other"'))
    assert [row["source"] for row in records(database_url)].count("other") == 1
    assert pays(database_url) == [5, 5]


def test_mapping_may_not_use_reserved_sources(database_url: str, tmp_path: Path) -> None:
    for code in ("contributors", "sample"):
        with pytest.raises(DataError, match="contributors, sample"):
            import_text(database_url, tmp_path, ONE_TABLE + "5,mid\n", MAPPING.replace('"test"', f'"{code}"'))


def test_ids_do_not_depend_on_the_database(server_url: str, empty_template: str, tmp_path: Path) -> None:
    """Ids of values differ between databases; ids of records are hashes of codes."""
    found = []
    for earlier in ("", "Some Firm,Other Firm"):
        with clone(server_url, empty_template) as url:
            mapping = PLAIN + PAY + '[[factor]]\nfactor = "employer"\ncolumn = "who"\n'
            if earlier:
                before = "pay,who\n" + "".join(f"1,{name}\n" for name in reversed(earlier.split(",")))
                import_text(url, tmp_path, before, mapping.replace('"test"', '"before"'))
            import_text(url, tmp_path, "pay,who\n5,Some Firm\n6,Other Firm\n", mapping)
            found.append([row["id"] for row in records(url) if row["source"] == "test"])
    assert found[0] == found[1]


ROWS = st.lists(st.tuples(st.integers(1, 3), st.sampled_from(["entry", "mid"])), min_size=1, max_size=6)


@pytest.mark.slow
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(snapshots=st.lists(ROWS, min_size=2, max_size=3))
def test_records_equal_the_last_snapshot(database_url: str, tmp_path: Path, snapshots: list[list[tuple[int, str]]]) -> None:
    """For any sequence of snapshots, wherever rows are added and removed; the report counts each change."""
    code, held = f"test-{uuid4()}", Counter[tuple[int, str]]()
    for snapshot in snapshots:
        wanted = Counter(snapshot)
        content = ONE_TABLE + "".join(f"{pay},{level}\n" for pay, level in snapshot)
        report = import_text(database_url, tmp_path, content, MAPPING.replace('"test"', f'"{code}"'))
        found = [(row["base_salary"], row["level"]) for row in records(database_url) if row["source"] == code]
        assert Counter(found) == wanted
        new, gone = wanted - held, held - wanted
        assert counts(report) == (new.total(), 0, (wanted & held).total(), gone.total(), 0)
        held = wanted


TEXTS = st.lists(st.sampled_from(["a", "b", "c"]), max_size=12)


def keys(texts: list[str]) -> list[bytes]:
    return [key.tobytes() for key in occurrence_keys(content_keys(texts, "test"))]


@given(TEXTS, TEXTS)
def test_rows_added_on_top_do_not_change_the_keys_below(above: list[str], below: list[str]) -> None:
    assert keys(above + below)[len(above) :] == keys(below)


@given(TEXTS, st.randoms())
def test_keys_are_unique_and_independent_of_row_order(texts: list[str], random: Random) -> None:
    shuffled = random.sample(texts, len(texts))
    assert len(set(keys(texts))) == len(texts)
    assert set(keys(texts)) == set(keys(shuffled))
