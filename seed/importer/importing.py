"""Importing a CSV file: read and translate it, compare it with the database, publish the difference as one edition."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seed.importer.columns import Titles
from seed.importer.files import Content, CsvReader, open_content, open_upstream
from seed.importer.identity import KEY_BYTES, Keys, as_binary, as_keys
from seed.importer.mapping import Mapping
from seed.importer.records import ImportedRecords, concatenate, imported_records, record_ids, rows_of, to_arrow
from seed.importer.report import ImportReport, RefusedFile
from seed.importer.translation import Batch, Translator
from seed.reference_data import soc_roles, title_levels
from service.errors import DataError
from service.store.bulk import bulk_connection
from service.store.editions import DiscardDraft, Draft, draft
from service.store.reference import Reference, add_source, add_terms, load_reference
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.taxonomy import Taxonomy

_ROWS_PER_WRITE = 100_000


def import_file(
    url: str,
    mapping: Mapping,
    file: str | None = None,
    *,
    pair_ranges: bool | None = None,
    progress: Callable[[int], None] = lambda _: None,
    refused_dir: Path | None = None,
) -> ImportReport:
    """Update a data set to the content of a file; `progress` is called with the number of rows read so far.

    Without `file` the mapping's upstream file is downloaded and its hash checked. `pair_ranges` is for mappings with
    pairs: None merges their two rows into one range. Nothing is published until everything is written.

    Raises DataError if the file cannot be used, DatabaseError if the database cannot.
    """
    name = file or (mapping.upstream.url if mapping.upstream else "")
    reference = _reference(url, mapping)
    with _opened(mapping, file) as content, RefusedFile(name, refused_dir) as refused:
        translated = _translate(content, mapping, name, reference, refused, progress)
    records = imported_records(concatenate(translated.batches), mapping.pairs, pair_ranges is not False)
    edition, difference = _write(url, mapping, reference.taxonomy, translated, records)
    return ImportReport(
        tuple(source.code for source in mapping.sources),
        edition,
        translated.read,
        difference.imported,
        difference.restated,
        len(records) - difference.imported - difference.restated,
        records.paired,
        difference.retired,
        difference.retained,
        translated.truncated,
        refused.count,
        refused.path,
        translated.translator.unknown(),
    )


def _reference(url: str, mapping: Mapping) -> Reference:
    """All reference data, including the mapping's sources, which are added if they are new."""
    with bulk_connection(url) as rows:
        found = load_reference(rows)
        missing = [source for source in mapping.sources if source not in found.sources.values()]
        for source in missing:
            add_source(rows, source)
        return load_reference(rows) if missing else found


@contextmanager
def _opened(mapping: Mapping, file: str | None) -> Iterator[Content]:
    if file is None and mapping.upstream is None:
        raise DataError(f"The data set {mapping.source.code} has no URL to download it from; name a file.")
    opened = open_content(file) if file is not None else open_upstream(mapping.upstream)  # type: ignore[arg-type]
    with opened as content:
        yield content


@dataclass(frozen=True, slots=True)
class _TranslatedFile:
    translator: Translator
    batches: list[Batch]
    read: int
    truncated: bool


def _translate(
    content: Content,
    mapping: Mapping,
    name: str,
    reference: Reference,
    refused: RefusedFile,
    progress: Callable[[int], None],
) -> _TranslatedFile:
    rows = CsvReader(content, mapping.file, name)
    titles = Titles(reference.taxonomy, title_levels(), soc_roles())
    translator = Translator(mapping, rows.header, reference, titles)
    batches: list[Batch] = []
    read, first_reason = 0, ""
    for block in rows.blocks():
        read += len(block)
        batch, unusable = translator.translate(block)
        batches.append(batch)
        unusable += block.refused
        first_reason = first_reason or next((row.reason for row in unusable), "")
        refused.write(rows.header, unusable)
        progress(read)
    if not any(len(batch.months) for batch in batches):
        why = f"all of its {read:,} rows were refused (the first: {first_reason})" if read else "it has no rows"
        raise DataError(f"Nothing was imported from {name}: {why}. Is it the right file for this mapping?")
    return _TranslatedFile(translator, batches, read, rows.truncated)


@dataclass(slots=True)
class _Difference:
    """Numbers of records by how the file differs from the database."""

    imported: int = 0
    restated: int = 0
    retired: int = 0
    retained: int = 0


def _write(
    url: str, mapping: Mapping, taxonomy: Taxonomy, translated: _TranslatedFile, records: ImportedRecords
) -> tuple[int | None, _Difference]:
    """Write the difference; the number of the new edition is None if there is none."""
    difference, edition = _Difference(), None
    with draft(url) as draft_:
        known = _with_employers(draft_, taxonomy, translated, records)
        _write_difference(draft_, mapping, known, translated, records, difference)
        edition = draft_.number
    return edition, difference


def _write_difference(
    draft_: Draft,
    mapping: Mapping,
    taxonomy: Taxonomy,
    translated: _TranslatedFile,
    records: ImportedRecords,
    difference: _Difference,
) -> None:
    sources = [taxonomy.find(Factor.SOURCE, source.code).id for source in mapping.sources]
    records.batch.ids[Factor.SOURCE] = np.where(records.single, sources[-1], sources[0]).astype(np.int32)
    readers = translated.translator.readers
    lists = {reader.column.factor: reader.lists for reader in readers if reader.column.factor in MULTIPLE}
    currencies = translated.translator.pay.currencies
    ids = record_ids(records, lists, currencies, taxonomy)
    retain = translated.truncated or not mapping.snapshot
    added, removed = _compare(ids, draft_.current_ids(sources), difference, retain=retain)
    if not len(added) and not len(removed):
        raise DiscardDraft
    draft_.retire(removed)
    for start in range(0, len(added), _ROWS_PER_WRITE):
        rows = added[start : start + _ROWS_PER_WRITE]
        draft_.add(to_arrow(rows_of(records.batch, rows), ids[rows], lists, currencies))


def _with_employers(draft_: Draft, taxonomy: Taxonomy, translated: _TranslatedFile, records: ImportedRecords) -> Taxonomy:
    """The taxonomy with the file's employers added; their ids replace the reader's numbers in the records."""
    for reader in translated.translator.readers:
        if reader.employers is not None:
            minimum, rows = reader.column.minimum_records, records.batch.ids[Factor.EMPLOYER].astype(np.int64)
            terms = reader.employers.terms(rows, minimum, taxonomy)
            taxonomy = add_terms(draft_.rows, terms) if terms else taxonomy
            records.batch.ids[Factor.EMPLOYER] = reader.employers.ids(rows, minimum, taxonomy)[rows].astype(np.int32)
    return taxonomy


def _compare(ids: Keys, current: pa.Array, difference: _Difference, *, retain: bool) -> tuple[NDArray[np.int64], pa.Array]:
    """The rows to add and the ids to retire; with `retain` only ids whose row has a new meaning are retired."""
    new_ids = as_binary(ids)
    new_rows, current_rows = as_binary(ids[:, :KEY_BYTES]), as_binary(as_keys(current)[:, :KEY_BYTES])
    added = _not(pc.is_in(new_ids, value_set=current))
    known = np.asarray(pc.is_in(new_rows, value_set=current_rows))
    gone = _not(pc.is_in(current, value_set=new_ids))
    replaced = np.asarray(pc.is_in(current_rows, value_set=new_rows)) & gone
    difference.restated = int((added & known).sum())
    difference.imported = int((added & ~known).sum())
    vanished = int((gone & ~replaced).sum())
    difference.retired, difference.retained = (0, vanished) if retain else (vanished, 0)
    return np.flatnonzero(added), current.filter(pa.array(replaced if retain else gone))


def _not(found: pa.Array) -> NDArray[np.bool_]:
    return ~np.asarray(found)
