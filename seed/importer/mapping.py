"""Mappings: the meaning of the columns of a file, read from TOML files. docs/importing.md documents the format."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.resources import files
from pathlib import Path
from typing import Annotated
from urllib.parse import quote, unquote, urlsplit

from pydantic import AfterValidator, Field

from seed.importer.mapped_columns import (
    ColumnNames,
    ColumnTable,
    Count,
    EffectiveMonth,
    FactorColumn,
    MeasureColumn,
    Month,
    PayColumns,
    PlaceColumns,
    RowFilter,
)
from seed.importer.tables.downloads import is_secure
from seed.importer.toml_model import Problems, Strings, TomlTable, one_of, read_toml
from service.errors import DataError
from service.vocabulary.factors import PLACES, SOURCE_KINDS
from service.vocabulary.spellings import fold
from service.vocabulary.terms import Source

MAPPINGS = Path(str(files("seed"))) / "mappings"
RESERVED_SOURCES = ("contributors", "sample")
"""Sources that no mapping may name, since an import would retire their records."""

FILE_NAME = "{file}"
"""What the address of [download] has in place of the name of a file."""

_COMMIT = re.compile(r"/[0-9a-f]{40}/")
_WORKBOOKS, _TABLES = ("xlsx", "xlsb", "xls", "ods"), ("parquet", "jsonl")


def _source_code(code: str) -> str:
    if code in RESERVED_SOURCES or not code.replace("-", "").isalnum() or code != code.lower() or not code.isascii():
        reserved = ", ".join(RESERVED_SOURCES)
        raise ValueError(f"must be lower-case letters, digits and hyphens, and none of {reserved}.")
    return code


def _encoding(name: str) -> str:
    try:
        "".encode(name)
    except (LookupError, ValueError):
        raise ValueError("must be the name of an encoding, such as utf-8, utf-16, cp1252 or shift_jis.") from None
    return name


def _address(url: str) -> str:
    if not is_secure(url):
        raise ValueError("must be an https address.")
    return url


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """A file of a data set at its publisher's address. `name` is what the file is called there."""

    name: str
    url: str
    sha256: str | None = None


class Download(TomlTable):
    """The publisher's own files: one at `address`, or `files`, whose names take the place of `{file}` in it.

    A file is pinned by `sha256`, or by a commit of a Git repository in its address, or `moves`: the newest is loaded.
    `rows`, `years` and `megabytes`, the size of the download, are what `payrank data list` shows.
    """

    address: Annotated[str, AfterValidator(_address)]
    files: Strings = ()
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="64 hexadecimal digits")] | None = None
    moves: bool = False
    rows: Count | None = None
    years: str | None = None
    megabytes: Annotated[float, Field(gt=0, description="a number above 0")] | None = None

    def contradictions(self) -> Problems:
        if bool(self.files) != (FILE_NAME in self.address):
            yield "files", f"lists the names that take the place of {FILE_NAME} in address; set both or neither."
        if self.files and self.sha256:
            yield "sha256", "is for a single file, but files has several."
        pinned = self.sha256 is not None or _COMMIT.search(self.address) is not None
        if self.moves == pinned:
            yield (
                "moves",
                "is true for a file that changes; pin any other by sha256, or by a commit in its address.",
            )

    @property
    def pin(self) -> str:
        """How the content of the files is fixed, or that it is not."""
        return "newest" if self.moves else "SHA-256" if self.sha256 else "commit"

    @property
    def published(self) -> tuple[PublishedFile, ...]:
        if not self.files:
            name = unquote(urlsplit(self.address).path).rpartition("/")[2]
            return (PublishedFile(name, self.address, self.sha256),)
        return tuple(PublishedFile(name, self.address.replace(FILE_NAME, quote(name))) for name in self.files)


class FileFormat(TomlTable):
    """How the file is written.

    Blank cells are always missing, `missing` lists further marks. A row is identified by the columns in `identity`, or by
    all but those in `ignore` (row numbers). `header` is a name in the header, above which further lines may be; with
    `second_header` a line below that has this text is a part of it. Columns in `optional` are blank where the file lacks
    them. `synonyms` has further names of columns, for files that lack the first.
    """

    format: Annotated[str, AfterValidator(one_of(("csv", *_WORKBOOKS, *_TABLES)))] | None = None
    sheet: Annotated[str | int | None, Field(description="the name of a sheet, or its number from 1 on")] = None
    member: str | None = None
    delimiter: Annotated[str | None, Field(min_length=1, max_length=1, description="one character")] = None
    encoding: Annotated[str, AfterValidator(_encoding)] = "utf-8"
    preamble_lines: Count = 0
    header: Annotated[str | None, Field(min_length=1, description="a name of a column")] = None
    second_header: Annotated[str | None, Field(min_length=1, description="a text of the second line")] = None
    footer_lines: Count = 0
    decimal: Annotated[str, AfterValidator(one_of((".", ",")))] | None = None
    missing: Strings = ()
    identity: Strings = ()
    ignore: Strings = ()
    optional: Strings = ()
    synonyms: dict[str, Strings] = Field(default={}, description='a table of lists, such as {NAICS_CODE = ["NAIC_CODE"]}')

    def contradictions(self) -> Problems:
        if self.sheet and self.format not in (None, *_WORKBOOKS):
            yield "sheet", f"is for workbooks, but format is {self.format}."
        if self.delimiter and self.format not in (None, "csv"):
            yield "delimiter", f"is for CSV files, but format is {self.format}."
        if self.format in _TABLES and (self.preamble_lines or self.footer_lines):
            yield "preamble_lines", f"and footer_lines are for CSV files and workbooks, but format is {self.format}."


class SourceTable(TomlTable):
    """The source of the records."""

    code: Annotated[str, AfterValidator(_source_code)]
    kind: Annotated[str, AfterValidator(one_of(kind for kind in SOURCE_KINDS if kind != "sample"))]
    label: str | None = None
    licence: str = "unknown"
    url: str | None = None

    @property
    def source(self) -> Source:
        return Source(self.code, self.label or self.code, self.kind, self.licence, self.url)


class Dataset(SourceTable):
    """The source of the records. With `snapshot` the file has all of them: those that it no longer contains are retired.

    With `protected` no row becomes a record of its own: see `seed.importer.protected`.
    """

    snapshot: bool = True
    protected: bool = False


class Pairs(ColumnTable):
    """From the month `since` on, adjacent rows equal in all but `columns` are the high and the low end of one posted range.

    Rows without such a neighbour belong to the source `single`.
    """

    columns: ColumnNames
    since: Month
    single: SourceTable


class Mapping(ColumnTable):
    """A whole mapping."""

    effective: EffectiveMonth = Field(description='a month such as "2025-08", or a table that names a column')
    dataset: Dataset
    download: Download | None = None
    file: FileFormat = FileFormat()
    pay: PayColumns
    place: PlaceColumns | None = None
    rows: Annotated[tuple[RowFilter, ...], Field(strict=False)] = ()
    factors: Annotated[tuple[FactorColumn, ...], Field(strict=False, alias="factor")] = ()
    measures: Annotated[tuple[MeasureColumn, ...], Field(strict=False, alias="measure")] = ()
    pairs: Pairs | None = None

    @property
    def source(self) -> Source:
        return self.dataset.source

    @property
    def sources(self) -> tuple[Source, ...]:
        return (self.source, self.pairs.single.source) if self.pairs else (self.source,)

    @property
    def only_file(self) -> PublishedFile:
        """The only file that the mapping has an address for. Raises DataError if there is none, or several."""
        files = self.download.published if self.download else ()
        if len(files) == 1:
            return files[0]
        code = self.source.code
        if not files:
            raise DataError(f"The data set {code} has no files to download; name a file.")
        raise DataError(
            f"The data set {code} has {len(files)} files to download. Load one with `payrank data load {code}/FILE`, or all "
            f"with `payrank data load {code}`."
        )

    def contradictions(self) -> Problems:
        if self.pairs and (list(self.pay.amounts) != ["base"] or len(self.pay.amounts["base"].names) > 1):
            yield "pairs", "is for files with base pay alone, in one column."
        if self.dataset.protected and not self.dataset.snapshot:
            yield ("dataset", "snapshot"), "is false, but a protected data set is published as a whole; leave it out."
        if self.dataset.protected and self.pairs:
            yield "pairs", "is for posted ranges, which are public; leave out it or protected of [dataset]."
        yield from self._repeated("factor", [column.factor for column in self.factors])
        yield from self._repeated("measure", [column.measure for column in self.measures])
        for number, column in enumerate(self.factors):
            if self.place and column.factor in PLACES:
                yield ("factor", number, "factor"), f"is {column.factor}, which [place] reads; keep one of them."
            for entry in column.mapped:
                if len(entry.texts) == 1 and entry.key[0] in column.ignored(self.file.missing):
                    key = "map" if entry in column.map else "map_file"
                    meaning = "which means no value: it is blank, or listed in no_answer or missing."
                    yield ("factor", number, key), f"has {entry.texts[0]!r}, {meaning}"
        yield from self._unused_names()
        for path, table in self.tables():
            if table.has_both() and not {*map(fold, table.named_columns())} & {*map(fold, self.file.optional)}:
                yield (*path, "column"), "and constant are both set; keep one of them, or list the column in file.optional."

    def _unused_names(self) -> Problems:
        known = [*self.named_columns(), *self.file.identity, *self.file.ignore]
        for key in ("optional", "synonyms"):
            for name in getattr(self.file, key):
                if fold(name) not in map(fold, known):
                    near = get_close_matches(name, known, n=1)
                    hint = f"; did you mean {near[0]}?" if near else "."
                    yield ("file", key), f"has {name!r}, which no key of the mapping names{hint}"

    def _repeated(self, key: str, names: list[str]) -> Problems:
        for number, name in enumerate(names):
            if name in names[:number]:
                yield (key, number, key), f"repeats {name} of [[{key}]] {names.index(name) + 1}; keep one of them."


def builtin_names() -> list[str]:
    return sorted(path.stem for path in MAPPINGS.glob("*.toml"))


def builtin_mapping(name: str) -> Mapping:
    """A mapping that comes with PayRank. Raises DataError, which lists them all, for an unknown name."""
    if name not in builtin_names():
        known = ", ".join(builtin_names())
        raise DataError(
            f"There is no data set {name!r}. Known are {known}. For a file of your own write a mapping with "
            "`payrank import --suggest FILE > my.toml` and pass it as `--mapping my.toml FILE`."
        )
    return load_mapping(MAPPINGS / f"{name}.toml")


def load_mapping(path: Path) -> Mapping:
    """Read and check a mapping. Raises DataError, which names all keys to correct."""
    return read_toml(path, Mapping)
