"""Importing a CSV file: read and translate it whole, compare it with what is there, write the difference as one edition."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from seed.importer.assembling import assemble, record_ids
from seed.importer.fetching import Content, open_content, open_upstream
from seed.importer.identity import KEY_BYTES, Keys, as_binary, as_keys
from seed.importer.mapping import Mapping
from seed.importer.pairing import Records, gather, records_of, rows_of
from seed.importer.reading import Rows
from seed.importer.report import ImportReport, RefusedFile
from seed.importer.titles import Titles
from seed.importer.translation import Batch, Translator
from seed.terms import soc_roles, title_levels
from service.errors import DataError
from service.store.bulk import bulk
from service.store.editions import Draft, Unchanged, draft
from service.store.reference import Reference, add_source, add_terms, load_reference
from service.vocabulary.factors import MULTIPLE, Factor
from service.vocabulary.taxonomy import Taxonomy

_WRITE_ROWS = 100_000


def import_file(
    url: str,
    mapping: Mapping,
    file: str | None = None,
    *,
    pair_ranges: bool | None = None,
    progress: Callable[[int], None] = lambda _: None,
    refused_dir: Path | None = None,
) -> ImportReport:
    """Bring a data set to what a file holds; `progress` gets the number of rows read so far.

    Without `file` the mapping's own upstream file is fetched and its hash checked. `pair_ranges` is for mappings with
    pairs: None takes their two rows as one range. Nothing is published before all is written. Raises DataError when the
    file cannot be used, DatabaseError when the database cannot.
    """
    name = file or (mapping.upstream.url if mapping.upstream else "")
    reference = _reference(url, mapping)
    with _opened(mapping, file) as content, RefusedFile(name, refused_dir) as refused:
        reading = _read(content, mapping, name, reference, refused, progress)
    records = records_of(gather(reading.batches), mapping.pairs, pair_ranges is not False)
    edition, outcome = _write(url, mapping, reference.taxonomy, reading, records)
    return ImportReport(
        tuple(source.code for source in mapping.sources),
        edition,
        reading.read,
        outcome.imported,
        outcome.restated,
        len(records) - outcome.imported - outcome.restated,
        records.paired,
        outcome.retired,
        outcome.kept,
        reading.cut,
        refused.count,
        refused.path,
        reading.translator.unknown(),
    )


def _reference(url: str, mapping: Mapping) -> Reference:
    """All reference data, with the mapping's sources among it."""
    with bulk(url) as rows:
        found = load_reference(rows)
        missing = [source for source in mapping.sources if source not in found.sources.values()]
        for source in missing:
            add_source(rows, source)
        return load_reference(rows) if missing else found


@contextmanager
def _opened(mapping: Mapping, file: str | None) -> Iterator[Content]:
    if file is None and mapping.upstream is None:
        raise DataError(f"The data set {mapping.source.code} has no address to fetch it from; name a file.")
    opened = open_content(file) if file is not None else open_upstream(mapping.upstream)  # type: ignore[arg-type]
    with opened as content:
        yield content


@dataclass(frozen=True, slots=True)
class _Reading:
    """A file as read and translated."""

    translator: Translator
    batches: list[Batch]
    read: int
    cut: bool


def _read(
    content: Content,
    mapping: Mapping,
    name: str,
    reference: Reference,
    refused: RefusedFile,
    progress: Callable[[int], None],
) -> _Reading:
    rows = Rows(content, mapping.file, name)
    titles = Titles(reference.taxonomy, title_levels(), soc_roles())
    translator = Translator(mapping, rows.header, reference, titles)
    batches: list[Batch] = []
    read, first = 0, ""
    for block in rows.blocks():
        read += len(block)
        batch, unusable = translator.translate(block)
        batches.append(batch)
        unusable += block.refused
        first = first or next((row.reason for row in unusable), "")
        refused.write(rows.header, unusable)
        progress(read)
    if not any(len(batch.months) for batch in batches):
        why = f"none of its {read:,} rows can be a record (the first: {first})" if read else "it holds no rows"
        raise DataError(f"Nothing was imported from {name}: {why}. Is it the right file for this mapping?")
    return _Reading(translator, batches, read, rows.cut)


@dataclass(slots=True)
class _Outcome:
    imported: int = 0
    restated: int = 0
    retired: int = 0
    kept: int = 0


def _write(
    url: str, mapping: Mapping, taxonomy: Taxonomy, reading: _Reading, records: Records
) -> tuple[int | None, _Outcome]:
    """Write what differs; the number of the new edition is None when nothing does."""
    outcome, edition = _Outcome(), None
    with draft(url) as draft_:
        known = _with_employers(draft_, taxonomy, reading, records)
        _publish(draft_, mapping, known, reading, records, outcome)
        edition = draft_.number
    return edition, outcome


def _publish(
    draft_: Draft, mapping: Mapping, taxonomy: Taxonomy, reading: _Reading, records: Records, outcome: _Outcome
) -> None:
    sources = [taxonomy.find(Factor.SOURCE, source.code).id for source in mapping.sources]
    records.batch.codes[Factor.SOURCE] = np.where(records.alone, sources[-1], sources[0]).astype(np.int32)
    lists = {reader.column.factor: reader.lists for reader in reading.translator.readers if reader.column.factor in MULTIPLE}
    currencies = reading.translator.pay.currencies
    ids = record_ids(records, lists, currencies, taxonomy)
    fresh, gone = _difference(ids, draft_.current_ids(sources), outcome, keep=reading.cut or not mapping.snapshot)
    if not len(fresh) and not len(gone):
        raise Unchanged
    draft_.retire(gone)
    for start in range(0, len(fresh), _WRITE_ROWS):
        rows = fresh[start : start + _WRITE_ROWS]
        draft_.add(assemble(rows_of(records.batch, rows), ids[rows], lists, currencies))


def _with_employers(draft_: Draft, taxonomy: Taxonomy, reading: _Reading, records: Records) -> Taxonomy:
    """The taxonomy with the file's employers; in the records their numbers take the place of those of the reader."""
    for reader in reading.translator.readers:
        if reader.employers is not None:
            least, rows = reader.column.minimum_records, records.batch.codes[Factor.EMPLOYER].astype(np.int64)
            terms = reader.employers.terms(rows, least, taxonomy)
            taxonomy = add_terms(draft_.rows, terms) if terms else taxonomy
            records.batch.codes[Factor.EMPLOYER] = reader.employers.ids(rows, least, taxonomy)[rows].astype(np.int32)
    return taxonomy


def _difference(ids: Keys, current: pa.Array, outcome: _Outcome, *, keep: bool) -> tuple[NDArray[np.int64], pa.Array]:
    """The rows to add and the ids to retire: with `keep` only those that another reading of their row replaces."""
    mine, rows, theirs = as_binary(ids), as_binary(ids[:, :KEY_BYTES]), as_binary(as_keys(current)[:, :KEY_BYTES])
    fresh = _not(pc.is_in(mine, value_set=current))
    known = np.asarray(pc.is_in(rows, value_set=theirs))
    gone = _not(pc.is_in(current, value_set=mine))
    replaced = np.asarray(pc.is_in(theirs, value_set=rows)) & gone
    outcome.restated = int((fresh & known).sum())
    outcome.imported = int((fresh & ~known).sum())
    vanished = int((gone & ~replaced).sum())
    outcome.retired, outcome.kept = (0, vanished) if keep else (vanished, 0)
    return np.flatnonzero(fresh), current.filter(pa.array(replaced if keep else gone))


def _not(found: pa.Array) -> NDArray[np.bool_]:
    return ~np.asarray(found)
