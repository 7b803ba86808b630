"""Reading a TOML file key by key: every wrong or unknown key is told by its place, so that its writer can mend it."""

import tomllib
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from service.errors import DataError


class Declared:
    """One table of a TOML file. Each key is taken once; `finish` refuses those that nobody took."""

    def __init__(self, keys: dict[str, Any], file: str, place: str = "") -> None:
        self._left, self._file, self._place = dict(keys), file, place
        self._taken: list[str] = []

    def wrong(self, key: str, what: str) -> DataError:
        return DataError(f"{self._file}: {self._name(key)} {what}")

    def _name(self, key: str) -> str:
        return f"{self._place}.{key}" if self._place else key

    def _take(self, key: str, kind: type, what: str) -> Any:
        self._taken.append(key)
        value = self._left.pop(key, None)
        if value is not None and (not isinstance(value, kind) or (kind is int and isinstance(value, bool))):
            raise self.wrong(key, f"must be {what}.")
        return value

    def text(self, key: str) -> str | None:
        return self._take(key, str, "a text in quotes")  # type: ignore[no-any-return]

    def needed(self, key: str) -> str:
        found = self.text(key)
        if not found:
            raise self.wrong(key, "is missing; see docs/importing.md for what a mapping tells.")
        return found

    def one_of(self, key: str, known: tuple[str, ...], default: str | None = None) -> str:
        found = self.text(key) or default
        if found not in known:
            raise self.wrong(key, f"must be one of {', '.join(known)}.")
        return found

    def flag(self, key: str, default: bool) -> bool:
        found = self._take(key, bool, "true or false")
        return default if found is None else found

    def number(self, key: str, default: int, least: int = 0) -> int:
        found = self._take(key, int, "a whole number")
        if found is not None and found < least:
            raise self.wrong(key, f"must be {least} or more.")
        return default if found is None else found

    def texts(self, key: str) -> tuple[str, ...] | None:
        found = self._take(key, list, "a list of texts")
        if found is not None and not all(isinstance(item, str) for item in found):
            raise self.wrong(key, "must be a list of texts.")
        return None if found is None else tuple(found)

    def numbers(self, key: str) -> tuple[float, ...] | None:
        found = self._take(key, list, "a list of numbers")
        if found is not None and not all(isinstance(item, int | float) for item in found):
            raise self.wrong(key, "must be a list of numbers.")
        return None if found is None else tuple(float(item) for item in found)

    def words(self, key: str) -> dict[str, str]:
        """A table of texts: `{EN = "entry"}`."""
        found = self._take(key, dict, 'a table of texts, such as {EN = "entry"}') or {}
        if not all(isinstance(value, str) for value in found.values()):
            raise self.wrong(key, 'must be a table of texts, such as {EN = "entry"}.')
        return dict(found)

    def table(self, key: str) -> "Declared | None":
        found = self._take(key, dict, "a table")
        return None if found is None else Declared(found, self._file, self._name(key))

    def needed_table(self, key: str) -> "Declared":
        found = self.table(key)
        if found is None:
            raise self.wrong(f"[{key}]", "is missing; see docs/importing.md for what a mapping tells.")
        return found

    def text_or_table(self, key: str) -> "str | Declared | None":
        """A constant in quotes, or a table that names a column."""
        return self.text(key) if isinstance(self._left.get(key), str) else self.table(key)

    def tables(self, key: str) -> "list[Declared]":
        found = self._take(key, list, f"written as [[{key}]]") or []
        if not all(isinstance(item, dict) for item in found):
            raise self.wrong(key, f"must be written as [[{key}]].")
        return [Declared(item, self._file, f"[[{key}]] {number}") for number, item in enumerate(found, 1)]

    def finish(self) -> None:
        """Refuse what was not taken: a misspelt key would otherwise be lost without a word."""
        for key in self._left:
            near = get_close_matches(key, self._taken, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(self._taken)}."
            raise self.wrong(key, f"is not a key of this table; {hint}")


def read_toml(path: Path) -> Declared:
    """The top table of a TOML file; raises DataError."""
    try:
        return Declared(tomllib.loads(path.read_text(encoding="utf-8-sig")), path.name)
    except FileNotFoundError as error:
        raise DataError(f"There is no mapping file {path}; see docs/importing.md for how to write one.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"The mapping file {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"{path.name} is not valid TOML: {error}.") from error
