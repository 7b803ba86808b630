"""Rows of texts: what a file of any format is read as, and the checks that apply to all of them."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np

from service.counts import count_of
from service.errors import DataError
from service.vocabulary.spellings import fold

BLOCK_ROWS = 4_000  # few enough that their cells stay in the processor's cache
TRUNCATED = "the file ends inside this record"
CELL_ERRORS = (
    *("#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#REF!", "#VALUE!", "#GETTING_DATA", "#SPILL!", "#CALC!", "#FIELD!"),
    *("#BLOCKED!", "#CONNECT!", "#UNKNOWN!", "#EXTERNAL!", "#BUSY!", "#PYTHON!", "#NOT CALCULATED"),
)
"""Texts of cells that have an error instead of a value. The last is a formula whose result is not in the workbook."""

CONTROL = re.compile("[\x80-\x9f]")
"""Control characters that texts never have, but that the bytes of € and – become in a cp1252 file read as latin-1."""

_CELL_ERROR = re.compile(f"{CONTROL.pattern}|{'|'.join(map(re.escape, CELL_ERRORS))}")
_THREE_DECIMALS = re.compile(r"-?\d+\.\d{3}")
_SEPARATOR = "\x1f"
_LEADS = [ord(lead) for lead in "ÂÃÄÅÐÑâãäåæçèé"]  # of two and three bytes of UTF-8, read as Windows-1252
_PARTS = bytes(range(0x80, 0xC0))  # the bytes after the first of a character in UTF-8
_ANY = re.escape("".join({*_PARTS.decode("latin-1"), *_PARTS.decode("cp1252", "ignore")}))
_LETTER_PART = f"(?![\u2010-\u2027\xa0«»])[{_ANY}]"  # not what may follow a word that ends with Ä or Å
_ENCODED_TWICE = re.compile(
    f"[ÂÃÐÑ][{_ANY}]|[ÄÅ]{_LETTER_PART}|[âã][€\x80-\x83‚ƒ][{_ANY}]|(?:[äåæçèé][{_ANY}][{_ANY}]){{2}}"
)


class NumberText(str):
    """The text of a number that the file stores as one, so that its decimal separator is a point."""

    def written(self, decimal: str | None) -> str:
        """The number with the decimal separator of a mapping, or else so that it has no second reading.

        >>> [NumberText("85.125").written(decimal) for decimal in (",", ".", None)]
        ['85,125', '85.125', '85.1250']
        """
        if decimal is None:
            return f"{self}0" if _THREE_DECIMALS.fullmatch(self) else str(self)
        return self.replace(".", decimal)

    def as_shown(self, decimal: str | None) -> str:
        """The number with the text that its format adds to it."""
        return self.written(decimal)


class FormattedNumber(NumberText):
    """A number whose format shows it with a text, such as "{} zł"."""

    shown: str

    @classmethod
    def of(cls, text: str, shown: str) -> "FormattedNumber":
        found = cls(text)
        found.shown = shown
        return found

    def as_shown(self, decimal: str | None) -> str:
        """
        >>> FormattedNumber.of("85.5", "{} zł").as_shown(",")
        '85,5 zł'
        """
        return self.shown.replace("{}", self.written(decimal))


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that cannot become a record: its first line or its row number in the file (from 1), the reason, and its cells
    as far as they could be read."""

    line: int
    reason: str
    cells: list[str]


@dataclass(slots=True)
class RowBlock:
    """Rows in file order, each as wide as the header, with the line that each starts on.

    `has_errors` says that some cell may contain one of `CELL_ERRORS` or a character of `CONTROL`.
    """

    lines: list[int] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    refused: list[RefusedRow] = field(default_factory=list)
    has_errors: bool = False

    def __len__(self) -> int:
        return len(self.rows) + len(self.refused)


class Table(Protocol):
    """The rows of a file.

    After the last block, `truncated` says whether the file ended inside a record, and `notes` counts the rows by what is
    doubtful about how they were read.
    """

    header: list[str]
    truncated: bool
    notes: Counter[str]

    def blocks(self) -> Iterator[RowBlock]:
        """All rows, in blocks of a few thousand."""
        ...


class RowCheck:
    """Refuses rows whose text is not valid, and counts in `notes` rows whose text was probably encoded twice."""

    def __init__(self, invalid: Callable[[], str] = lambda: "text that is not valid Unicode") -> None:
        self._why_invalid, self._invalid, self._example = invalid, "", ""
        self.notes: Counter[str] = Counter()

    def header(self, names: list[str], file: str) -> list[str]:
        """The names of columns without blanks around them. Raises DataError if there are none or they are not valid text."""
        found = [name.strip() for name in names]
        if not any(found):
            raise DataError(f"The header of {file} has no column names; check file.preamble_lines in the mapping.")
        if "\0" in "".join(found) or not _is_text("".join(found)):
            raise DataError(f"The header of {file} has {self._reason(''.join(found))}.")
        return found

    def checked(self, block: RowBlock) -> RowBlock:
        """The block without rows that contain NUL or invalid characters, which are refused."""
        texts = [_SEPARATOR.join(cells) for cells in block.rows]
        whole = "\n".join(texts)
        block.has_errors = _CELL_ERROR.search(whole) is not None
        if not whole.isascii() and _has_encoded_twice(whole):
            self._note_encoded_twice(texts)
        if "\0" not in whole and _is_text(whole):
            return block
        checked = RowBlock(refused=block.refused, has_errors=block.has_errors)
        for line, cells, text in zip(block.lines, block.rows, texts, strict=True):
            if "\0" in text or not _is_text(text):
                checked.refused.append(RefusedRow(line, self._reason(text), list(map(printable, cells))))
            else:
                checked.rows.append(cells)
                checked.lines.append(line)
        return checked

    def _reason(self, text: str) -> str:
        if "\0" in text:
            return "a NUL byte"
        self._invalid = self._invalid or self._why_invalid()
        return self._invalid

    def _note_encoded_twice(self, texts: list[str]) -> None:
        found = [original for text in texts if (original := _encoded_twice(text))]
        if found:
            self._example = self._example or f"text that was encoded twice, such as {found[0]}"
            self.notes[self._example] += len(found)


MAX_PREAMBLE_LINES = 50
"""Lines, or rows of a sheet, among which the header is looked for by the name of a column."""


def has_name(cells: Sequence[str], name: str | None) -> bool:
    """Whether a line may be the header: it has the name of a column that is known to be in it, or none is."""
    return name is None or fold(name) in map(fold, cells)


def without_name(file: str, name: str | None) -> DataError:
    return DataError(
        f"{file} has no column {name!r} in its first {MAX_PREAMBLE_LINES + 1} lines. Is it the right file for this mapping?"
    )


def two_line_header(first: Sequence[str], second: Sequence[str], plain: str) -> list[str]:
    """The names of columns with a question in the first line, which may have several options in the second.

    `plain` is the text in the second line of a question without options.

    >>> two_line_header(["Age", "Pay", "", "Why"], ["Response", "base", "bonus", "Other"], "Response")
    ['Age', 'Pay :: base', 'Pay :: bonus', 'Why :: Other']
    """
    names: list[str] = []
    question = ""
    for above, option in zip(first, second, strict=False):
        question = " ".join(above.split()) or question
        names.append(f"{question} :: {option.strip()}" if option.strip() and fold(option) != fold(plain) else question)
    return names


def without_header(name: str, rows: int, preamble: int) -> DataError:
    """The error of a file whose header is not in its `rows` lines, or rows of a sheet, the first `preamble` left out."""
    if not rows:
        return DataError(f"{name} is empty.")
    return DataError(
        f"{name} has no header below the {preamble:,} lines of file.preamble_lines, only "
        f"{count_of(rows, 'line')} in all; correct it."
    )


def printable(text: str) -> str:
    """A text with escapes for NUL and for bytes that could not be decoded."""
    return text.replace("\0", "\\0").encode(errors="backslashreplace").decode()


def _is_text(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _has_encoded_twice(text: str) -> bool:
    """Whether some sequence may have been encoded twice. Most texts have few characters with which one can begin."""
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)
    beyond = np.flatnonzero(codes[:-1] > 0x7F)
    starts = beyond[np.isin(codes[beyond], _LEADS) & (codes[beyond + 1] > 0x7F)]
    return any(_ENCODED_TWICE.match(text, start) for start in starts.tolist())


def _encoded_twice(text: str) -> str:
    """The first sequence in a text that is UTF-8 decoded as Windows-1252, with its meaning; "" if there is none.

    >>> _encoded_twice("MÃ¼nchen"), _encoded_twice("itâ€™s"), _encoded_twice("São Paulo, CAFÉ”")
    ("'Ã¼' for 'ü'", "'â€™' for '’'", '')
    """
    for found in _ENCODED_TWICE.finditer(text):
        meaning = _meaning(found[0])
        if meaning:
            return f"{found[0]!r} for {meaning!r}"
    return ""


def _meaning(sequence: str) -> str:
    try:
        return b"".join(map(_byte, sequence)).decode()
    except UnicodeError:
        return ""


def _byte(character: str) -> bytes:
    """The byte of a character in Windows-1252, whose unassigned bytes are the control characters of Latin-1."""
    try:
        return character.encode("cp1252")
    except UnicodeEncodeError:
        return character.encode("latin-1")
