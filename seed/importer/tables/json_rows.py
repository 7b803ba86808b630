"""Rows of JSON lines, or of a JSON array of objects. Numbers become the texts that the file has."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from enum import Enum
from itertools import islice
from typing import Any, TextIO

from seed.importer.tables.content import DataFile
from seed.importer.tables.encoding import text_of
from seed.importer.tables.rows import BLOCK_ROWS, TRUNCATED, NumberText, RefusedRow, RowBlock, RowCheck
from service.errors import DataError

_CHUNK_CHARACTERS, _MAX_OBJECT_CHARACTERS = 1 << 20, 1 << 24
_SHOWN = 200
_LINE_ENDS = ("\n", "\r")
_SPACE = " \t\r\n\ufeff"
_BEGINNING = re.compile(r'[\s\ufeff]*(?:(\[)\s*[\[{\]]|\{\s*["}])')
_GAP = re.compile(rf"[{_SPACE},]*")
Item = tuple[int, dict[str, Any] | RefusedRow]
"""An object with its line (its number in an array), or why it cannot be read."""


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = Counter(name for name, _ in pairs)
        raise ValueError(f"the key {names.most_common(1)[0][0]!r} appears twice")
    return found


def _constant(name: str) -> str | None:
    return None if name == "NaN" else name


_DECODER = json.JSONDecoder(object_pairs_hook=_object, parse_float=NumberText, parse_constant=_constant)


class JsonKind(Enum):
    LINES = "JSON lines"
    ARRAY = "a JSON array"


def json_kind(beginning: str) -> JsonKind | None:
    """Whether a text begins as an array of objects or as a line with an object; None for other texts."""
    found = _BEGINNING.match(beginning)
    return None if not found else JsonKind.ARRAY if found[1] == "[" else JsonKind.LINES


class JsonTable:
    """The objects of a file as rows. The columns are all keys, in order of their first appearance."""

    def __init__(self, file: DataFile, codec: str, kind: JsonKind) -> None:
        self._file, self._codec, self._kind, self.truncated = file, codec, kind, False
        self._check = RowCheck()
        self.notes: Counter[str] = self._check.notes
        keys = dict.fromkeys(key for _, item in self._items() if isinstance(item, dict) for key in item)
        if not keys:
            raise DataError(f"{file.name} has no JSON object with a key.")
        self._keys = list(keys)
        self.header = self._check.header(self._keys, file.name)

    def _items(self) -> Iterator[Item]:
        read, lines = (_array, False) if self._kind is JsonKind.ARRAY else (_lines, True)
        with self._file.content(lines=lines) as content:
            yield from read(text_of(content, self._codec), self._file.name)
            self.truncated = self.truncated or content.truncated

    def blocks(self) -> Iterator[RowBlock]:
        """All objects, in blocks of a few thousand."""
        items = self._items()
        while some := list(islice(items, BLOCK_ROWS)):
            yield self._check.checked(self._block(some))

    def _block(self, items: list[Item]) -> RowBlock:
        block = RowBlock()
        for line, item in items:
            if isinstance(item, RefusedRow):
                block.refused.append(item)
                self.truncated = self.truncated or item.reason == TRUNCATED
            else:
                block.lines.append(line)
                block.rows.append([_text(item.get(key)) for key in self._keys])
        return block


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _lines(text: TextIO, name: str) -> Iterator[Item]:
    read = False
    for number, line in enumerate(text, 1):
        if not line.strip(_SPACE):
            continue
        item = _line(line, number)
        if not read and isinstance(item, RefusedRow) and item.reason != TRUNCATED:
            raise DataError(f"{name} has neither a JSON object on each line nor an array of objects: {item.reason}.")
        read = True
        yield number, item


def _line(line: str, number: int) -> dict[str, Any] | RefusedRow:
    try:
        value = _DECODER.decode(line.strip(_SPACE))
    except (ValueError, RecursionError) as error:
        reason = _reason(error) if line.endswith(_LINE_ENDS) else TRUNCATED
        return RefusedRow(number, reason, [line.strip(_SPACE)[:_SHOWN]])
    return _checked(value, number)


def _checked(value: Any, number: int) -> dict[str, Any] | RefusedRow:
    return value if isinstance(value, dict) else RefusedRow(number, "not a JSON object", [_text(value)[:_SHOWN]])


def _reason(error: ValueError | RecursionError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"invalid JSON: {error.msg}"
    return "JSON that is nested too deeply" if isinstance(error, RecursionError) else f"invalid JSON: {error}"


def _array(text: TextIO, name: str) -> Iterator[Item]:
    """The elements of an array, of which only some are in memory at a time."""
    buffer, number = text.read(_CHUNK_CHARACTERS), 1
    at = buffer.index("[") + 1
    while True:
        gap = _GAP.match(buffer, at)
        at = gap.end() if gap else at
        found = _element(buffer, at, number, name)
        if found is not None:
            value, at = found
            yield number, _checked(value, number)
            number += 1
        elif more := text.read(_CHUNK_CHARACTERS):
            if len(buffer) - at > _MAX_OBJECT_CHARACTERS:
                raise _malformed(name, number, "the object does not end")
            buffer, at = buffer[at:] + more, 0
        else:
            yield from _end(buffer[at:].strip(_SPACE), number, name)
            return


def _element(buffer: str, at: int, number: int, name: str) -> tuple[Any, int] | None:
    """The element at a position of the buffer and the position after it; None if it is not all in the buffer."""
    try:
        value, end = _DECODER.raw_decode(buffer, at)
    except json.JSONDecodeError:
        return None
    except (ValueError, RecursionError) as error:
        raise _malformed(name, number, _reason(error)) from error
    return (value, end) if end < len(buffer) or buffer[end - 1] in '}]"' else None


def _end(rest: str, number: int, name: str) -> Iterator[Item]:
    """What follows the last element that could be read: the end of the array, unless the file is malformed or incomplete."""
    if rest.startswith("]") and rest != "]":
        raise _malformed(name, number, "there is text after the end of the array")
    if rest.endswith("]") and rest != "]":
        try:
            _DECODER.raw_decode(rest)
        except json.JSONDecodeError as error:
            raise _malformed(name, number, _reason(error)) from error
    if rest != "]":
        yield number, RefusedRow(number, TRUNCATED, [rest[:_SHOWN]])


def _malformed(name: str, number: int, reason: str) -> DataError:
    return DataError(f"{name} cannot be read after object {number - 1:,} of its array: {reason}.")
