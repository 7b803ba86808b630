"""Imports of an employer's own payroll: its rows are published through classes of at least k, never one by one."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID

import pytest

from seed.importer.importing import import_file
from seed.importer.mapping import load_mapping
from seed.importer.protected import ClassState, PlannedClass, WithheldRows
from seed.importer.report import ImportReport
from service.errors import DataError
from service.intake.audit import audit
from service.intake.publication import ReleaseResult, ReleaseRules, publish
from service.intake.release_calendar import ReleaseCalendar
from service.store.batches import mark_batch
from service.store.bulk import bulk_connection
from service.store.editions import draft, remove_source
from service.store.erasure import purge
from service.store.journaled_release import unwritten_releases
from service.vocabulary.measures import Measure

pytestmark = pytest.mark.slow

MAPPING = """
effective = {constant = "MONTH"}
[dataset]
code = "payroll"
kind = "verified"
protected = true
[pay]
unit = "year"
base = "salary"
currency = {constant = "USD"}
[[factor]]
factor = "country"
constant = "us"
[[factor]]
factor = "role"
column = "job"
[[factor]]
factor = "level"
column = "level"
[[factor]]
factor = "employer"
column = "company"
"""
NOW = datetime.now(UTC)
TODAY = NOW.date()
K = 10


def payroll(*bases: float, job: str = "machine-learning-engineer", level: str = "senior") -> list[str]:
    return [f"{job},{level},Zyxwell Ltd,{base}" for base in bases]


def imported(
    url: str, folder: Path, rows: list[str], month: date = TODAY, *, k: int = K, dry_run: bool = False
) -> ImportReport:
    mapping, file = folder / "payroll.toml", folder / "payroll.csv"
    mapping.write_text(MAPPING.replace("MONTH", f"{month:%Y-%m}"))
    file.write_text("\n".join(["job,level,company,salary", *rows]))
    return import_file(url, load_mapping(mapping), str(file), class_size=k, keep_doubtful=True, dry_run=dry_run)


def published(url: str) -> Counter[tuple[str | None, int]]:
    """The level and step of each current record."""
    with bulk_connection(url) as rows:
        found = rows.query(
            "SELECT value.code AS level, step FROM salary_record JOIN batch_record ON record = salary_record.id "
            "LEFT JOIN factor_value AS value ON value.id = level WHERE removed_in IS NULL"
        ).to_pylist()
    assert audit(url, K) == []
    return Counter((row["level"], row["step"]) for row in found)


def age(url: str, days: int) -> None:
    with bulk_connection(url) as rows:
        for table, column in (("batch", "released_at"), ("edition", "published_at")):
            rows.execute(f"UPDATE {table} SET {column} = {column} - {days} * interval '1 day'")
        rows.execute(
            "UPDATE salary_record SET effective = date_trunc('quarter', released_at)::date "
            "FROM batch_record JOIN batch ON batch.id = batch WHERE record = salary_record.id"
        )
        rows.commit()


BASES = [100_500 + 3_000 * n for n in range(12)]


def test_rows_are_published_by_class_and_step_and_nothing_else_of_them(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, payroll(*BASES) + payroll(90_000, 95_000, level="staff"))
    assert (report.read, report.imported, report.withheld.total, report.edition) == (14, 12, 2, 1)
    assert published(database_url) == {
        ("senior", 100_000): 4,
        ("senior", 110_000): 3,
        ("senior", 120_000): 3,
        ("senior", 130_000): 2,
    }
    with bulk_connection(database_url) as rows:
        assert rows.scalar("SELECT count(*) FROM salary_record WHERE employer IS NOT NULL OR level IS NULL") == 0
        assert rows.scalar("SELECT count(*) FROM factor_value WHERE label ILIKE '%zyxwell%'") == 0


def test_rows_of_small_classes_are_published_in_coarser_ones(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, payroll(*BASES[:5]) + payroll(*BASES[5:10], level="staff"))
    assert (report.imported, report.withheld.total) == (10, 0)
    assert {level for level, _ in published(database_url)} == {None}


def test_fewer_than_k_rows_publish_nothing(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, payroll(*BASES[:9]))
    assert (report.imported, report.withheld.total) == (0, 9)
    assert published(database_url) == {}


def test_the_same_file_again_changes_nothing(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES))
    report = imported(database_url, tmp_path, payroll(*BASES))
    assert (report.imported, report.unchanged, report.withheld.total, report.edition) == (0, 12, 0, None)


def test_a_new_version_within_a_year_is_refused_with_the_date(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES))
    before = published(database_url)
    with pytest.raises(DataError, match=f"last changed on {NOW:%Y-%m-%d}. A new version may replace it from 20"):
        imported(database_url, tmp_path, payroll(*BASES, *BASES))
    assert published(database_url) == before


def test_after_a_year_a_class_is_replaced_only_if_k_of_its_rows_change(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="staff"))
    age(database_url, 366)
    before = published(database_url)
    report = imported(
        database_url, tmp_path, payroll(*BASES, 150_500) + payroll(*(2 * base for base in BASES), level="staff")
    )
    assert (report.imported, report.withheld.total) == (12, 13)
    after = published(database_url)
    assert {key: n for key, n in after.items() if key[0] == "senior"} == {
        key: n for key, n in before.items() if key[0] == "senior"
    }
    assert {step for level, step in after if level == "staff"} == {200_000, 220_000, 240_000}


def test_a_class_that_the_new_version_lacks_is_removed(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="staff"))
    age(database_url, 366)
    report = imported(database_url, tmp_path, payroll(*BASES))
    assert (report.unchanged, report.retired) == (12, 12)
    assert {level for level, _ in published(database_url)} == {"senior"}


def test_a_class_that_was_removed_does_not_come_back_with_one_row_changed(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES[:10]) + payroll(*BASES, level="staff"))
    age(database_url, 366)
    assert imported(database_url, tmp_path, payroll(*BASES[:9]) + payroll(*BASES, level="staff")).retired == 10
    with bulk_connection(database_url) as rows:
        assert purge(rows, edition=2) == 10, "after a day"
        rows.commit()
    age(database_url, 366)
    report = imported(database_url, tmp_path, payroll(*BASES[:9], 150_500) + payroll(*BASES, level="staff"))
    assert (report.imported, report.unchanged, report.withheld) == (0, 12, WithheldRows(kept=10))
    assert {one.name.split(", ")[1]: one.state for one in report.classes} == {
        "senior": ClassState.KEPT,
        "staff": ClassState.UNCHANGED,
    }
    assert {level for level, _ in published(database_url)} == {"staff"}


def test_rows_of_a_published_class_move_to_no_coarser_or_finer_one(database_url: str, tmp_path: Path) -> None:
    analysts, staff = payroll(*BASES[:6], job="data-analyst"), payroll(*BASES[:6], level="staff")
    more_analysts = payroll(*BASES[:4], job="data-analyst", level="staff")
    imported(database_url, tmp_path, payroll(*BASES[:10]) + analysts + more_analysts)
    assert {level for level, _ in published(database_url)} == {"senior", None}
    age(database_url, 366)
    report = imported(
        database_url,
        tmp_path,
        payroll(*BASES[:9]) + staff + analysts + payroll(*BASES[6:10], job="data-analyst"),
    )
    assert [(one.name, one.state) for one in report.classes] == [("data-analyst, us", ClassState.KEPT)]
    assert (report.imported, report.retired, report.withheld) == (0, 10, WithheldRows(few=15, kept=10))
    assert {level for level, _ in published(database_url)} == {None}


def test_a_version_that_only_removes_classes_counts_for_the_year(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="staff"))
    age(database_url, 366)
    imported(database_url, tmp_path, payroll(*BASES))
    with pytest.raises(DataError, match=f"last changed on {NOW:%Y-%m-%d}. A new version may replace it from 20"):
        imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="principal"))
    assert imported(database_url, tmp_path, payroll(*BASES)).unchanged == 12, "which changes nothing"
    age(database_url, 366)
    assert imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="principal")).imported == 12


def test_a_version_whose_writer_died_does_not_count_for_the_year(database_url: str, tmp_path: Path) -> None:
    both = payroll(*BASES) + payroll(*BASES, level="staff")
    imported(database_url, tmp_path, both)
    age(database_url, 366)
    imported(database_url, tmp_path, payroll(*BASES))
    with bulk_connection(database_url) as rows:
        rows.execute("UPDATE edition SET published_at = NULL WHERE number = 2")
        rows.execute("UPDATE watermark SET edition = 1")
        rows.commit()
    with draft(database_url) as other:
        assert other.number == 2
    assert imported(database_url, tmp_path, both + payroll(*BASES, level="principal")).imported == 12


@pytest.mark.parametrize(
    ("first", "second", "steps"),
    [
        pytest.param(
            [50_000] * 3 + [53_000] * 2, [50_000] * 3 + [53_000, 60_000], {("senior", 47_000): 5}, id="coarse to fine"
        ),
        pytest.param(
            [50_000] * 3 + [53_000, 60_000],
            [50_000] * 3 + [53_000] * 2,
            {("senior", 47_000): 3, ("senior", 51_000): 1, ("senior", 56_000): 1},
            id="fine to coarse",
        ),
    ],
)
def test_a_class_is_not_replaced_in_steps_of_another_width(
    database_url: str, tmp_path: Path, first: list[int], second: list[int], steps: dict[tuple[str, int], int]
) -> None:
    imported(database_url, tmp_path, payroll(*first), k=5)
    age(database_url, 366)
    report = imported(database_url, tmp_path, payroll(*second), k=5)
    assert (report.imported, report.retired, report.withheld) == (0, 0, WithheldRows(kept=5))
    with bulk_connection(database_url) as rows:
        found = rows.query("SELECT step FROM batch_record").column("step").to_pylist()
    assert Counter(("senior", step) for step in found) == steps


def test_a_class_is_not_replaced_in_another_currency(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES))
    age(database_url, 366)
    with bulk_connection(database_url) as rows:
        rows.execute("UPDATE batch SET currency = 'CAD'")
        rows.commit()
    assert imported(database_url, tmp_path, payroll(*BASES)).withheld == WithheldRows(kept=12)


def released(url: str, k: int = K) -> ReleaseResult:
    """Make the release that is due now."""
    done = publish(url, ReleaseRules(k, ReleaseCalendar(timedelta(days=28))))
    assert done
    return done


def test_a_larger_k_retires_smaller_batches_with_the_next_release_as_the_audit_says(
    database_url: str, tmp_path: Path
) -> None:
    imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, *BASES, level="staff"))
    [few] = audit(database_url, 20)
    assert few.message.endswith("has only 12 records, fewer than 20. The next release removes them.")
    assert released(database_url, k=20).removed == 12
    assert {level for level, _ in published(database_url)} == {"staff"}
    assert audit(database_url, 20) == []
    report = imported(database_url, tmp_path, payroll(*BASES, *BASES, 150_500) + payroll(*BASES, *BASES, level="staff"))
    assert (report.imported, report.unchanged, report.withheld) == (0, 24, WithheldRows(kept=25))


def test_a_batch_that_a_moderator_withdrew_leaves_with_the_next_release_and_the_journal_says_so(
    database_url: str, tmp_path: Path
) -> None:
    imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="staff"))
    with bulk_connection(database_url) as rows:
        withdrawn = rows.scalar(
            "SELECT batch.id::text FROM batch JOIN factor_value ON factor_value.id = batch.level WHERE code = 'senior'"
        )
        assert mark_batch(rows, UUID(withdrawn), "The wrong file.", "ann")
        rows.commit()
    assert released(database_url).removed == 12
    assert {level for level, _ in published(database_url)} == {"staff"}
    with bulk_connection(database_url) as rows:
        [entry] = unwritten_releases(rows, [])
        gone = rows.query("SELECT record::text FROM batch_record WHERE batch = $1::text::uuid ORDER BY record", [withdrawn])
    assert entry["removed"] == gone.column("record").to_pylist()
    assert entry["batches"] == []


def test_a_protected_data_set_does_not_age(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES))
    age(database_url, 3 * 365)
    assert released(database_url).removed == 0


def test_rows_over_a_year_old_are_withheld(database_url: str, tmp_path: Path) -> None:
    old = date(NOW.year - 2, NOW.month, 1)
    assert imported(database_url, tmp_path, payroll(*BASES), old).withheld == WithheldRows(old=12)


def test_records_of_an_unprotected_import_are_removed(database_url: str, tmp_path: Path) -> None:
    mapping, file = tmp_path / "open.toml", tmp_path / "payroll.csv"
    mapping.write_text(MAPPING.replace("MONTH", f"{NOW:%Y-%m}").replace("protected = true\n", ""))
    file.write_text("\n".join(["job,level,company,salary", *payroll(*BASES)]))
    import_file(database_url, load_mapping(mapping), str(file))
    assert imported(database_url, tmp_path, payroll(*BASES)).retired == 12
    assert sum(published(database_url).values()) == 12


def test_a_data_set_that_was_removed_is_not_published_again(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES))
    with bulk_connection(database_url) as rows:
        source = rows.scalar("SELECT id FROM factor_value WHERE factor = 'source' AND code = 'payroll'")
    remove_source(database_url, source)
    age(database_url, 366)
    assert imported(database_url, tmp_path, payroll(*BASES[1:], 300_500)).withheld == WithheldRows(kept=12)
    assert published(database_url) == {}
    new_class = payroll(*BASES, level="staff")
    assert imported(database_url, tmp_path, new_class).imported == 12
    assert {level for level, _ in published(database_url)} == {"staff"}


def test_a_protected_data_set_is_not_published_row_by_row_later(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES))
    mapping = tmp_path / "payroll.toml"
    mapping.write_text(mapping.read_text().replace("protected = true\n", ""))
    with pytest.raises(DataError, match="The data set payroll was published as a protected one"):
        import_file(database_url, load_mapping(mapping), str(tmp_path / "payroll.csv"))


def test_a_dry_run_writes_nothing(database_url: str, tmp_path: Path) -> None:
    report = imported(database_url, tmp_path, payroll(*BASES), dry_run=True)
    assert (report.imported, report.edition, report.preview) == (12, None, ())
    assert published(database_url) == {}


def test_a_dry_run_shows_the_classes_and_why_rows_are_withheld(database_url: str, tmp_path: Path) -> None:
    imported(database_url, tmp_path, payroll(*BASES) + payroll(*BASES, level="staff"))
    age(database_url, 366)
    moved = payroll(*(base + 100_000 for base in BASES), level="principal")
    new_version = payroll(*BASES, 150_500) + payroll(*BASES, level="staff") + moved
    report = imported(database_url, tmp_path, new_version + payroll(90_000, job="data-analyst"), dry_run=True)
    steps = {100_000: 4, 110_000: 3, 120_000: 3, 130_000: 2}
    expected = {
        "senior": (steps | {150_000: 1}, ClassState.KEPT),
        "staff": (steps, ClassState.UNCHANGED),
        "principal": ({150_000: 7, 220_000: 5}, ClassState.NEW),
    }
    assert {one.name.split(", ")[1]: one for one in report.classes} == {
        level: PlannedClass(f"machine-learning-engineer, {level}, us", Measure.BASE_SALARY, "USD", rows, state)
        for level, (rows, state) in expected.items()
    }
    assert [one.rows for one in report.classes if one.state is ClassState.KEPT] == [13]
    assert (report.imported, report.unchanged) == (12, 12)
    assert report.withheld == WithheldRows(few=1, kept=13)
    assert report.read == report.imported + report.unchanged + report.withheld.total


def test_a_protected_data_set_is_published_as_a_whole(tmp_path: Path) -> None:
    file = tmp_path / "payroll.toml"
    file.write_text(MAPPING.replace("MONTH", "2026-01").replace("protected = true", "protected = true\nsnapshot = false"))
    with pytest.raises(DataError, match=r"dataset\.snapshot is false, but a protected data set is published as a whole"):
        load_mapping(file)
