"""The encoding of a text file: declared, or given by its byte order mark; a wrong declaration is refused where it shows."""

import codecs
import io
from typing import TextIO

from seed.importer.tables.content import BLOCK_BYTES, HEAD_BYTES, Content, DataFile
from service.errors import DataError

MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
_SUGGESTED = ("cp1252", "cp932", "gb18030", "latin-1")
_MAX_CONTROL_SHARE = 0.05
_MIN_NUL_SHARE = 0.1
"""The share of characters with a NUL byte from which on text is UTF-16; a stray NUL is one of many."""


def _escaped(error: UnicodeError) -> tuple[str, int]:
    """Invalid bytes as lone surrogates, as by `surrogateescape`, but in any encoding and for any byte."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error("escape-invalid-bytes", _escaped)


def encoding_of(file: DataFile, head: bytes, declared: str) -> str:
    """The codec of a text file that begins with `head`. Raises DataError if it is binary or in another encoding."""
    marked = next((codec for mark, codec in MARKS.items() if head.startswith(mark)), None)
    codec = marked or codecs.lookup(declared).name
    is_unicode = codecs.lookup(declared).name.startswith("utf-")
    if marked and not is_unicode:
        raise _mislabelled(file, marked.removesuffix("-sig").upper(), declared)
    if codec.startswith("utf-16") and not marked and b"\0" not in head:
        raise _mislabelled(file, "a text with one byte for most letters", declared)
    if codec == "utf-8":
        codec = _utf_16_without_mark(head) or codec
    if _is_binary(decoded(head, codec)):
        raise DataError(f"{file.name} is a binary file of an unknown kind; export the table as CSV or XLSX and import that.")
    if not is_unicode and _is_utf8(file):
        raise _mislabelled(file, "UTF-8", declared)
    return codec


def _utf_16_without_mark(head: bytes) -> str | None:
    """The codec of UTF-16 without a byte order mark.

    The delimiters, digits and line ends of any table have a NUL in it, always as the second byte (little-endian) or always
    as the first.
    """
    for place, codec in ((1, "utf-16-le"), (0, "utf-16-be")):
        many = head[place::2].count(0) >= _MIN_NUL_SHARE * len(head) / 2
        text = decoded(head, codec) if many and 0 in head[place::2] and 0 not in head[1 - place :: 2] else ""
        if ("\n" in text or "\r" in text) and "\ufffd" not in text and not _is_binary(text):
            return codec
    return None


def _is_binary(text: str) -> bool:
    controls = sum(1 for character in text if character < " " and character not in "\t\n\r\f\v\x1a")
    return controls > _MAX_CONTROL_SHARE * len(text)


def decoded(head: bytes, codec: str) -> str:
    """The text of the beginning of a file, whose last character may be cut off."""
    return codecs.getincrementaldecoder(codec)("replace").decode(head)


def text_of(content: Content, codec: str) -> TextIO:
    """The text of a file, with invalid bytes as lone surrogates and line ends as they are."""
    return io.TextIOWrapper(io.BufferedReader(content, BLOCK_BYTES), codec, "escape-invalid-bytes", newline="")


def invalid_bytes(file: DataFile, codec: str) -> str:
    """Why a row with invalid bytes is refused, with an encoding in which the whole file is valid, if there is one."""
    reason = f"bytes that are invalid in {codec.removesuffix('-sig').upper()}"
    if codec.startswith("utf-8") and _is_mostly_utf8(file):
        return reason
    valid = next((suggested for suggested in _SUGGESTED if suggested != codec and _is_valid(file, suggested)), None)
    return f"{reason}; the file may need encoding = {valid!r}" if valid else reason


def _is_mostly_utf8(file: DataFile) -> bool:
    """Whether a file has more characters beyond ASCII that are valid in UTF-8 than bytes that are not."""
    balance = 0
    with file.content() as content:
        text = text_of(content, "utf-8")
        while block := text.read(HEAD_BYTES):
            valid = len(block.encode(errors="ignore").decode())
            balance += (valid - len(block.encode("ascii", "ignore"))) - (len(block) - valid)
    return balance > 0


def _mislabelled(file: DataFile, actual: str, declared: str) -> DataError:
    return DataError(f"{file.name} is {actual}, not {declared}; remove file.encoding from the mapping.")


def _is_utf8(file: DataFile) -> bool:
    """Whether a file is valid UTF-8 and more than ASCII."""
    return not _is_valid(file, "ascii") and _is_valid(file, "utf-8")


def _is_valid(file: DataFile, codec: str) -> bool:
    decoder = codecs.getincrementaldecoder(codec)()
    with file.content() as content:
        try:
            while block := content.read(HEAD_BYTES):
                decoder.decode(block)
            decoder.decode(b"", final=not content.truncated)
        except UnicodeDecodeError:
            return False
    return True
