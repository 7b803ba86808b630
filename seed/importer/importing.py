"""Importing a file: read and translate it, compare it with the database, publish the difference as one edition."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from datetime import UTC, date, datetime
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seed.importer.identity import KEY_BYTES, Keys, as_binary, as_keys
from seed.importer.mapping import FileFormat, Mapping
from seed.importer.plausibility import MIN_RECORDS, Plausibility, check_plausibility
from seed.importer.protected import PlannedClass, WithheldRows, publish_protected, refuse_unprotected
from seed.importer.records import ImportedRecords, Lists, concatenate, imported_records, record_ids, rows_of, to_arrow
from seed.importer.report import ImportReport, RefusedFile, preview, write_unknown
from seed.importer.tables.content import DataFile, data_file
from seed.importer.tables.opening import open_table
from seed.importer.tables.rows import RefusedRow, Table
from seed.importer.translation import Batch, Translator
from seed.reference_data import soc_roles
from service.counts import count_of
from service.errors import DataError
from service.limits import DEFAULT_CLASS_SIZE
from service.store.bulk import bulk_connection
from service.store.editions import DiscardDraft, Draft, draft, dry_run_draft
from service.store.records import MedianPay, median_pay_by_country
from service.store.reference import Reference, add_sources, add_terms, load_reference
from service.vocabulary.currencies import OldRate
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

_ROWS_PER_WRITE = 100_000


def import_file(
    url: str,
    mapping: Mapping,
    file: str | None = None,
    *,
    pair_ranges: bool | None = None,
    keep_doubtful: bool = False,
    class_size: int = DEFAULT_CLASS_SIZE,
    dry_run: bool = False,
    today: date | None = None,
    progress: Callable[[int], None] = lambda _: None,
    confirm: Callable[[ImportReport], None] | None = None,
    refused_dir: Path | None = None,
) -> ImportReport:
    """Update a data set to the content of a file; `progress` is called with the number of rows read so far.

    Without `file` that of the mapping's [download] is downloaded and checked. `pair_ranges` is for mappings with
    pairs: None merges their two rows into one range. `keep_doubtful` imports rows with implausible pay too. `class_size` is
    the k of a protected data set. With `dry_run`
    everything but writing to the database is done. Rows of a month after that of `today`, by default the current date, are
    refused. `confirm` is called with the report of a dry run before anything is written to the database, and may raise to
    leave it as it is. Nothing is published until everything is written.

    Raises DataError if the file cannot be used, DatabaseError if the database cannot.
    """
    name = file or mapping.only_file.url
    reference, current = _reference(url, mapping)
    with (
        data_file(name, sha256=None if file else mapping.only_file.sha256) as data,
        RefusedFile(name, refused_dir) as refused,
    ):
        with open_table(data, mapping.file) as table:
            translator = Translator(mapping, table.header, reference, soc_roles(), today or datetime.now(UTC).date())
            translated = _translate(table, translator, name, refused, progress)
        found = imported_records(concatenate(translated.batches), mapping.pairs, pair_ranges is not False)
        plausibility = check_plausibility(found.batch, translated.currencies, reference, current)
        records = found if keep_doubtful else _without_doubtful(found, plausibility, data, mapping.file, refused)
    unknown = translated.translator.unknown()
    report = replace(
        _report(mapping, translated, _Checked(found, records, plausibility), refused),
        unknown=unknown,
        unknown_file=write_unknown(unknown, name, refused_dir),
        old_rates=_old_rates(records.batch, translated.currencies, reference),
        dry_run=dry_run,
    )
    write = partial(_write_protected, k=class_size) if mapping.dataset.protected else _write_difference
    write_as = partial(_write, url, mapping, reference, translated, records, write)
    if confirm and not dry_run:
        confirm(replace(report, **write_as(dry_run=True).counts))
    return replace(report, **write_as(dry_run=dry_run).counts)


@dataclass(frozen=True, slots=True)
class _Checked:
    """All records of a file, and those that are imported."""

    found: ImportedRecords
    records: ImportedRecords
    plausibility: Plausibility

    @property
    def doubtful(self) -> int:
        """The number of rows that are left out."""
        return len(self.found) + self.found.paired - len(self.records) - self.records.paired


def _report(mapping: Mapping, translated: "_TranslatedFile", checked: _Checked, refused: RefusedFile) -> ImportReport:
    """What is known of a file before it is compared with the database."""
    records, plausibility = checked.records, checked.plausibility
    return ImportReport(
        sources=tuple(source.code for source in mapping.sources),
        read=translated.read,
        paired=records.paired,
        filtered=translated.translator.filtered,
        doubtful=checked.doubtful,
        doubtful_imported=0 if checked.doubtful else len(plausibility.doubtful),
        truncated=translated.truncated,
        refused=refused.count - checked.doubtful,
        refused_file=refused.path,
        ambiguous=translated.translator.ambiguous,
        spread=plausibility.spread,
        notes=translated.notes + Counter(plausibility.notes),
    )


def _reference(url: str, mapping: Mapping) -> tuple[Reference, dict[int, MedianPay]]:
    """All reference data, and the median pay by country of the current records of other sources."""
    own = {source.code for source in mapping.sources}
    with bulk_connection(url) as rows:
        found = load_reference(rows)
        excluded = [number for number, source in found.sources.items() if source.kind == "sample" or source.code in own]
        return found, median_pay_by_country(rows, MIN_RECORDS, excluded)


@dataclass(frozen=True, slots=True)
class _TranslatedFile:
    translator: Translator
    batches: list[Batch]
    read: int
    truncated: bool
    notes: Counter[str]

    @property
    def lists(self) -> Lists:
        return self.translator.lists

    @property
    def currencies(self) -> list[str]:
        return self.translator.pay.currencies


def _translate(
    table: Table, translator: Translator, name: str, refused: RefusedFile, progress: Callable[[int], None]
) -> _TranslatedFile:
    batches: list[Batch] = []
    read, first_reason = 0, ""
    for block in table.blocks():
        read += len(block)
        batch, unusable = translator.translate(block)
        batches.append(batch)
        unusable += block.refused
        first_reason = first_reason or next((row.reason for row in unusable), "")
        refused.write(table.header, unusable)
        progress(read)
    translator.check_dates()
    if not any(len(batch.months) for batch in batches):
        why = _why_nothing(read, translator.filtered, first_reason)
        raise DataError(f"Nothing was imported from {name}: {why}. Is it the right file for this mapping?")
    return _TranslatedFile(translator, batches, read, table.truncated, table.notes + translator.notes)


def _why_nothing(read: int, filtered: int, first_reason: str) -> str:
    if not read:
        return "it has no rows"
    if not filtered:
        every = f"all of its {read:,} rows were refused (the first: " if read > 1 else "its only row was refused ("
        return f"{every}{first_reason})"
    refused = f", and {read - filtered:,} were refused (the first: {first_reason})" if first_reason else ""
    return f"[[rows]] of the mapping leaves out {filtered:,} of its {count_of(read, 'row')}{refused}"


def _without_doubtful(
    records: ImportedRecords, checked: Plausibility, data: DataFile, file_format: FileFormat, refused: RefusedFile
) -> ImportedRecords:
    """The records without the doubtful ones.

    Which rows are doubtful is known only after the last one, and the cells of all rows would not fit in the memory. So the
    file is read a second time if it has any, to write their cells to the file of refused rows.
    """
    if not checked.doubtful:
        return records
    reasons: dict[int, str] = {}
    for row, reason in checked.doubtful.items():
        reasons |= {int(records.batch.lines[row]): reason, int(records.upper_lines[row]): reason}
    with open_table(data, file_format) as table:
        for block in table.blocks():
            doubtful = [(line, cells) for line, cells in zip(block.lines, block.rows, strict=True) if line in reasons]
            refused.write(table.header, [RefusedRow(line, reasons[line], cells) for line, cells in doubtful])
    plausible = np.ones(len(records), bool)
    plausible[list(checked.doubtful)] = False
    if not plausible.any():
        first = ("the first: " if len(records) > 1 else "") + next(iter(checked.doubtful.values()))
        raise DataError(
            f"Nothing was imported from {data.name}: the pay of {_every(len(records))} that could be read is implausible "
            f"({first}). The rows are in {refused.path}; check the mapping's unit and currency, or import them "
            "anyway with --keep-doubtful."
        )
    return records.select(plausible)


def _every(rows: int) -> str:
    return "the only row" if rows == 1 else f"all {rows:,} rows"


def _old_rates(batch: Batch, currencies: list[str], reference: Reference) -> list[OldRate]:
    """The numbers of records whose currency has no rate of their year, by currency and year."""
    keys, records = np.unique(batch.amounts["currency"] * 10_000 + batch.months // 12, return_counts=True)
    pairs = [divmod(int(key), 10_000) for key in keys]
    counts = {(currencies[number], year): count for (number, year), count in zip(pairs, records.tolist(), strict=True)}
    return reference.rates.old_rates(counts)


@dataclass(slots=True)
class _Written:
    """Numbers of records by how the file differs from the database, and what was published or previewed: these fields of
    the report."""

    imported: int = 0
    restated: int = 0
    unchanged: int = 0
    withheld: WithheldRows = field(default_factory=WithheldRows)
    retired: int = 0
    retained: int = 0
    edition: int | None = None
    preview: tuple[dict[str, str], ...] = ()
    classes: tuple[PlannedClass, ...] = ()

    @property
    def counts(self) -> dict[str, Any]:
        return {one.name: getattr(self, one.name) for one in fields(self)}


def _write(
    url: str,
    mapping: Mapping,
    reference: Reference,
    translated: _TranslatedFile,
    records: ImportedRecords,
    write: Callable[[Draft, Mapping, Reference, _TranslatedFile, ImportedRecords, "_Written"], bool],
    *,
    dry_run: bool,
) -> _Written:
    """Write the difference as one edition, or only compute it and some records as they would become."""
    written = _Written()
    with (dry_run_draft if dry_run else draft)(url) as draft_:
        new_sources = [source for source in mapping.sources if source not in reference.sources.values()]
        taxonomy = add_sources(draft_.rows, new_sources) if new_sources else reference.taxonomy
        if not mapping.dataset.protected:
            taxonomy, records = _with_employers(draft_, taxonomy, translated, records)
        if dry_run and not mapping.dataset.protected:
            written.preview = preview(records.batch, translated.lists, translated.currencies, taxonomy)
        changed = write(draft_, mapping, replace(reference, taxonomy=taxonomy), translated, records, written)
        if dry_run or not (changed or new_sources):
            raise DiscardDraft
        written.edition = draft_.number
    return written


def _write_difference(
    draft_: Draft,
    mapping: Mapping,
    reference: Reference,
    translated: _TranslatedFile,
    records: ImportedRecords,
    written: _Written,
) -> bool:
    """Whether any record was added or retired."""
    taxonomy = reference.taxonomy
    refuse_unprotected(draft_.rows, taxonomy.find(Factor.SOURCE, mapping.source.code).id, mapping.source.code)
    sources = [taxonomy.find(Factor.SOURCE, source.code).id for source in mapping.sources]
    records.batch.ids[Factor.SOURCE] = np.where(records.single, sources[-1], sources[0]).astype(np.int32)
    lists, currencies = translated.lists, translated.currencies
    ids = record_ids(records, lists, currencies, taxonomy)
    retain = translated.truncated or not mapping.dataset.snapshot
    added, removed = _compare(ids, draft_.current_ids(sources), written, retain=retain)
    draft_.retire(removed)
    for start in range(0, len(added), _ROWS_PER_WRITE):
        rows = added[start : start + _ROWS_PER_WRITE]
        draft_.add(to_arrow(rows_of(records.batch, rows), ids[rows], lists, currencies))
    return len(added) + len(removed) > 0


def _write_protected(
    draft_: Draft,
    mapping: Mapping,
    reference: Reference,
    translated: _TranslatedFile,
    records: ImportedRecords,
    written: _Written,
    k: int,
) -> bool:
    """Whether anything changed of a protected data set, whose rows are published in batches only."""
    source = reference.taxonomy.find(Factor.SOURCE, mapping.source.code).id
    done = publish_protected(draft_, source, records.batch, translated.currencies, reference, k, datetime.now(UTC))
    written.imported, written.unchanged, written.withheld = done.published, done.unchanged, done.withheld
    written.retired, written.classes = done.removed, done.classes
    return done.published + done.removed > 0


def _with_employers(
    draft_: Draft, taxonomy: Taxonomy, translated: _TranslatedFile, records: ImportedRecords
) -> tuple[Taxonomy, ImportedRecords]:
    """The taxonomy with the file's employers added, and the records with their ids in place of the reader's numbers."""
    ids = dict(records.batch.ids)
    for reader in translated.translator.readers:
        if reader.employers is not None:
            minimum, rows = reader.column.minimum_records, records.batch.ids[Factor.EMPLOYER].astype(np.int64)
            terms = reader.employers.terms(rows, minimum, taxonomy)
            taxonomy = add_terms(draft_.rows, terms) if terms else taxonomy
            ids[Factor.EMPLOYER] = reader.employers.ids(rows, minimum, taxonomy)[rows].astype(np.int32)
    return taxonomy, replace(records, batch=replace(records.batch, ids=ids))


def _compare(ids: Keys, current: pa.Array, written: _Written, *, retain: bool) -> tuple[NDArray[np.int64], pa.Array]:
    """The rows to add and the ids to retire; with `retain` only ids whose row has a new meaning are retired."""
    new_ids = as_binary(ids)
    new_rows, current_rows = as_binary(ids[:, :KEY_BYTES]), as_binary(as_keys(current)[:, :KEY_BYTES])
    added = _not(pc.is_in(new_ids, value_set=current))
    known = np.asarray(pc.is_in(new_rows, value_set=current_rows))
    gone = _not(pc.is_in(current, value_set=new_ids))
    replaced = np.asarray(pc.is_in(current_rows, value_set=new_rows)) & gone
    written.restated = int((added & known).sum())
    written.imported = int((added & ~known).sum())
    written.unchanged = len(ids) - int(added.sum())
    vanished = int((gone & ~replaced).sum())
    written.retired, written.retained = (0, vanished) if retain else (vanished, 0)
    return np.flatnonzero(added), current.filter(pa.array(replaced if retain else gone))


def _not(found: pa.Array) -> NDArray[np.bool_]:
    return ~np.asarray(found)
