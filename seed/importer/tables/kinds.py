"""What a file is, by its content: a format that can be imported, or what to do with one that cannot."""

import mmap
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from enum import Enum
from pathlib import Path, PurePosixPath
from zipfile import ZipFile, ZipInfo

from seed.importer.tables.content import DataFile, read_errors, too_large
from service.errors import DataError
from service.limits import MAX_UNCOMPRESSED_BYTES


class Kind(Enum):
    """A kind of file, with what messages call it."""

    TEXT = "a text file"
    PARQUET = "a Parquet file"
    XLSX = "an Excel workbook (.xlsx)"
    XLSB = "a binary Excel workbook (.xlsb)"
    XLS = "an Excel 97-2003 workbook (.xls)"
    ODS = "an OpenDocument spreadsheet (.ods)"
    ZIP = "a zip archive"


FORMATS = {
    Kind.TEXT: ("csv", "jsonl"),
    Kind.PARQUET: ("parquet",),
    Kind.XLSX: ("xlsx",),
    Kind.XLSB: ("xlsb",),
    Kind.XLS: ("xls",),
    Kind.ODS: ("ods",),
}
"""The values of `file.format` that fit a kind of file."""

_EXPORT = "export the table as CSV or XLSX and import that"
_CONVERT = "convert it to Parquet or CSV and import that"
_SAVE = "save it as XLSX and import that"
_UNPACK = "unpack it and import the file that it contains"
_DECOMPRESS = "decompress it and import the file that results"
_CHECK = "check that it is the file that you meant"
_BINARY = rb"[\x00-\x08\x0e-\x1f\x80-\xff]"
_REFUSED = [
    (re.compile(pattern, re.DOTALL), what, advice)
    for pattern, what, advice in (
        (rb"%PDF-", "a PDF", _EXPORT),
        (rb"\x89PNG", "a PNG image", _EXPORT),
        (rb"\xff\xd8\xff", "a JPEG image", _EXPORT),
        (rb"GIF8[79]a", "a GIF image", _EXPORT),
        (rb"II\*\x00|MM\x00\*", "a TIFF image", _EXPORT),
        (rb"\{\\rtf", "an RTF document", _EXPORT),
        (rb"SQLite format 3\x00", "an SQLite database", _EXPORT),
        (rb"ARROW1\x00", "an Arrow (Feather) file", _CONVERT),
        (rb"PARE" + _BINARY, "an encrypted Parquet file", "decrypt it and import that"),
        (rb"Obj\x01", "an Avro file", _CONVERT),
        (rb"\x89HDF", "an HDF5 file", _CONVERT),
        (rb"\$FL[23]@\(#\)", "an SPSS file", _CONVERT),
        (rb"<stata_dta>", "a Stata file", _CONVERT),
        (rb"\x00{12}\xc2\xea\x81\x60", "a SAS file", _CONVERT),
        (rb"RDX[23]\n", "an R workspace", _CONVERT),
        (rb"\t[\x02\x04\x08][\x00-\x10]", "an Excel workbook from before 1997", _SAVE),
        (rb"7z\xbc\xaf", "a 7z archive", _UNPACK),
        (rb"Rar!\x1a", "a RAR archive", _UNPACK),
        (rb".{257}ustar", "a tar archive", _UNPACK),
        (rb"\x28\xb5\x2f\xfd", "a Zstandard-compressed file", _DECOMPRESS),
        (rb"\x04\x22\x4d\x18", "an LZ4-compressed file", _DECOMPRESS),
        (rb"\x7fELF|MZ\x90", "a program", _CHECK),
        (rb"version https://git-lfs", "a Git LFS pointer", "download the file that it points to, as with `git lfs pull`"),
        (rb"(?i:\s*<(?:!doctype html|html|head|body|table|meta|script))", "an HTML page", "download the data file itself"),
        (rb"(?:\xef\xbb\xbf)?\s*<\?xml", "an XML file", _EXPORT),
    )
]
_PARQUET = re.compile(rb"PAR1" + _BINARY)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_STREAMS: tuple[tuple[str, Kind | tuple[str, str]], ...] = (
    ("EncryptedPackage", ("an encrypted workbook", "save it without a password and import that")),
    ("Workbook", Kind.XLS),
    ("Book", Kind.XLS),
    ("WordDocument", ("a Word document", _EXPORT)),
    ("PowerPoint Document", ("a PowerPoint presentation", _EXPORT)),
)
_ZIPS = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_ZIP_MEMBERS: tuple[tuple[str, Kind | tuple[str, str]], ...] = (
    ("xl/workbook.xml", Kind.XLSX),
    ("xl/workbook.bin", Kind.XLSB),
    ("word/document.xml", ("a Word document", _EXPORT)),
    ("ppt/presentation.xml", ("a PowerPoint presentation", _EXPORT)),
    ("Index/Document.iwa", ("an Apple Numbers document", _EXPORT)),
)
_OPEN_DOCUMENT, _ODS = b"application/vnd.oasis.opendocument.", b"application/vnd.oasis.opendocument.spreadsheet"
_DATA_SUFFIXES = {
    ".csv",
    ".tsv",
    ".tab",
    ".json",
    ".jsonl",
    ".ndjson",
    ".parquet",
    ".xlsx",
    ".xlsm",
    ".xlsb",
    ".xls",
    ".ods",
}
_PACKED_SUFFIXES = {".gz", ".bz2", ".xz"}
_MAX_LISTED = 20


def kind_of(file: DataFile, head: bytes) -> Kind:
    """The kind of a file that begins with `head`. Raises DataError, which says what it is, if it cannot be imported."""
    for pattern, what, advice in _REFUSED:
        if pattern.match(head):
            raise _refused(file, what, advice)
    if _PARQUET.match(head):
        return Kind.PARQUET
    if head.startswith(_ZIPS):
        return _zip_kind(file)
    return _ole_kind(file) if head.startswith(_OLE) else Kind.TEXT


def _refused(file: DataFile, what: str, advice: str) -> DataError:
    return DataError(f"{file.name} is {what}; {advice}.")


def _found(file: DataFile, found: Kind | tuple[str, str]) -> Kind:
    if isinstance(found, Kind):
        return found
    raise _refused(file, *found)


def _ole_kind(file: DataFile) -> Kind:
    """The kind of a compound file, by the names of its streams, which are UTF-16."""
    with file.unpacked() as path, path.open("rb") as binary, mmap.mmap(binary.fileno(), 0, access=mmap.ACCESS_READ) as whole:
        for stream, found in _OLE_STREAMS:
            if whole.find(stream.encode("utf-16-le")) >= 0:
                return _found(file, found)
    raise _refused(file, "a Microsoft compound file without a workbook", _CHECK)


def _zip_kind(file: DataFile) -> Kind:
    with _archive(file) as archive:
        sizes = {member.filename: member.file_size for member in archive.infolist()}
        found = next((found for name, found in _ZIP_MEMBERS if name in sizes), None)
        mimetype = archive.read("mimetype") if 0 < sizes.get("mimetype", 0) < 200 else b""
    if found is None and mimetype.startswith(_OPEN_DOCUMENT):
        found = Kind.ODS if mimetype.startswith(_ODS) else ("an OpenDocument file, but not a spreadsheet", _EXPORT)
    if found is None:
        return Kind.ZIP
    if sum(sizes.values()) > MAX_UNCOMPRESSED_BYTES:
        raise too_large(file.name)
    return _found(file, found)


@contextmanager
def _archive(file: DataFile) -> Iterator[ZipFile]:
    with file.unpacked() as path, read_errors(file.name), ZipFile(path) as archive:
        yield archive


@contextmanager
def zip_member(file: DataFile, wanted: str | None) -> Iterator[DataFile]:
    """The member of a zip archive that a mapping names, or else its only data file. Raises DataError."""
    with file.unpacked() as path:
        member = _only(file, _visible(path, file.name), wanted)
        name = f"{shown(member.filename)} in {file.name}"
        if member.flag_bits & 1:
            raise DataError(f"{name} is encrypted; {_UNPACK}.")
        if member.file_size > MAX_UNCOMPRESSED_BYTES:
            raise too_large(name)
        yield DataFile(path, name, member)


def zip_members(file: DataFile) -> list[str]:
    """The names of the data files in a zip archive."""
    with file.unpacked() as path:
        members = _visible(path, file.name)
    return [member.filename for member in _data_members(members)]


def _visible(path: Path, name: str) -> list[ZipInfo]:
    with read_errors(name), ZipFile(path) as archive:
        return [member for member in archive.infolist() if not _is_hidden(member)]


def _data_members(members: Sequence[ZipInfo]) -> list[ZipInfo]:
    """The members with a suffix of data, or all if none has one."""
    return [member for member in members if data_suffix(member.filename) in _DATA_SUFFIXES] or list(members)


def _is_hidden(member: ZipInfo) -> bool:
    """Whether a member is a folder or a file that an operating system added."""
    return member.is_dir() or member.filename.startswith("__MACOSX/") or PurePosixPath(member.filename).name.startswith(".")


def _only(file: DataFile, members: Sequence[ZipInfo], wanted: str | None) -> ZipInfo:
    if wanted:
        found = [member for member in members if member.filename == wanted] or [
            member for member in members if PurePosixPath(member.filename).name == wanted
        ]
    else:
        found = _data_members(members)
    if len(found) == 1:
        return found[0]
    names = ", ".join(shown(member.filename) for member in members[:_MAX_LISTED]) + (
        "" if len(members) <= _MAX_LISTED else ", ..."
    )
    if not members:
        raise DataError(f"{file.name} is a zip archive without files; download it again.")
    if wanted:
        raise DataError(f"{file.name} has {len(found) or 'no'} members {wanted!r}; set file.member to one of {names}.")
    raise DataError(f"{file.name} is a zip archive; set file.member in the mapping to the file to import, one of {names}.")


def data_suffix(name: str) -> str:
    """The suffix of a file's name in lower case, without that of its compression; empty if there is none.

    >>> data_suffix("pay.2024.TSV.gz"), data_suffix("pay.gz")
    ('.tsv', '')
    """
    suffixes = [suffix.lower() for suffix in PurePosixPath(name).suffixes]
    return next((suffix for suffix in reversed(suffixes) if suffix not in _PACKED_SUFFIXES), "")


def shown(text: str) -> str:
    """A name from a file as messages may show it: short, and without characters that a terminal would interpret."""
    return "".join(character if character.isprintable() else "?" for character in text[:200])
