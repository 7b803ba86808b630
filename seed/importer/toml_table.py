"""Reading a TOML file key by key. Errors name the file, the table and the key to correct."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from service.errors import DataError


class TomlTable:
    """One table of a TOML file. Each key is read once; `finish` rejects keys that were not read."""

    def __init__(self, keys: dict[str, Any], file: str, path: str = "") -> None:
        self._unread, self._file, self._path = dict(keys), file, path
        self._known: list[str] = []

    def error(self, key: str, problem: str) -> DataError:
        return DataError(f"{self._file}: {self._full_name(key)} {problem}")

    def _full_name(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path else key

    def _read(self, key: str, kind: type, description: str) -> Any:
        self._known.append(key)
        value = self._unread.pop(key, None)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise self.error(key, f"must be {description}.")
        return value

    def string(self, key: str) -> str | None:
        return self._read(key, str, "a string")  # type: ignore[no-any-return]

    def required_string(self, key: str) -> str:
        found = self.string(key)
        if not found:
            raise self.error(key, "is missing; see docs/importing.md for the format of a mapping.")
        return found

    def one_of(self, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        found = self.string(key) or default
        if found not in known:
            raise self.error(key, f"must be one of {', '.join(known)}.")
        return found

    def boolean(self, key: str, default: bool) -> bool:
        found = self._read(key, bool, "true or false")
        return default if found is None else found

    def integer(self, key: str, default: int, minimum: int = 0) -> int:
        found = self._read(key, int, "a whole number")
        if found is not None and found < minimum:
            raise self.error(key, f"must be {minimum} or more.")
        return default if found is None else found

    def strings(self, key: str) -> tuple[str, ...] | None:
        found = self._read(key, list, "a list of strings")
        if found is not None and not all(isinstance(item, str) for item in found):
            raise self.error(key, "must be a list of strings.")
        return None if found is None else tuple(found)

    def numbers(self, key: str) -> tuple[float, ...] | None:
        found = self._read(key, list, "a list of numbers")
        if found is not None and not all(isinstance(item, int | float) for item in found):
            raise self.error(key, "must be a list of numbers.")
        return None if found is None else tuple(float(item) for item in found)

    def string_map(self, key: str) -> dict[str, str]:
        """A table of strings, such as `{EN = "entry"}`."""
        found = self._read(key, dict, 'a table of strings, such as {EN = "entry"}') or {}
        if not all(isinstance(value, str) for value in found.values()):
            raise self.error(key, 'must be a table of strings, such as {EN = "entry"}.')
        return dict(found)

    def table(self, key: str) -> "TomlTable | None":
        found = self._read(key, dict, "a table")
        return None if found is None else TomlTable(found, self._file, self._full_name(key))

    def required_table(self, key: str) -> "TomlTable":
        found = self.table(key)
        if found is None:
            raise self.error(f"[{key}]", "is missing; see docs/importing.md for the format of a mapping.")
        return found

    def string_or_table(self, key: str) -> "str | TomlTable | None":
        """A constant, or a table that names a column."""
        return self.string(key) if isinstance(self._unread.get(key), str) else self.table(key)

    def tables(self, key: str) -> "list[TomlTable]":
        found = self._read(key, list, f"written as [[{key}]]") or []
        if not all(isinstance(item, dict) for item in found):
            raise self.error(key, f"must be written as [[{key}]].")
        return [TomlTable(item, self._file, f"[[{key}]] {number}") for number, item in enumerate(found, 1)]

    def finish(self) -> None:
        """Reject keys that were not read; a misspelt key would otherwise be ignored silently."""
        for key in self._unread:
            near = get_close_matches(key, self._known, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known keys are {', '.join(self._known)}."
            raise self.error(key, f"is not a key of this table; {hint}")


def read_toml(path: Path) -> TomlTable:
    """The top table of a TOML file. Raises DataError."""
    try:
        return TomlTable(tomllib.loads(path.read_text(encoding="utf-8-sig")), path.name)
    except FileNotFoundError as error:
        raise DataError(f"There is no mapping file {path}; see docs/importing.md for how to write one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The mapping file {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path.name} is not valid TOML: {error}.") from error
