"""TOML files as pydantic models. An error lists all problems of a file, each by its table and key as TOML writes them."""

import json
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self, TypeVar, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.fields import FieldInfo

from service.counts import count_of
from service.errors import DataError

Strings = Annotated[tuple[str, ...], Field(strict=False)]  # strict tuples refuse TOML's arrays

BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
_KINDS = {
    "string_type": "a string",
    "bool_type": "true or false",
    "int_type": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "finite_number": "a number",
    "tuple_type": "a list of strings",
    "dict_type": "a table of strings",
    "model_type": "a table",
}
_MAX_SHOWN = 30
_SWAPPED = "If it is the data, name the mapping first: `payrank import --mapping MAPPING.toml FILE`."
KeyPath = tuple[str | int, ...]
Problems = Iterator[tuple[str | KeyPath, str]]
_Table = TypeVar("_Table", bound="TomlTable")


class Contradictions(ValueError):
    """Several problems of a table or a value; `found` has the path of each below it, and what is wrong."""

    def __init__(self, found: Iterable[tuple[KeyPath, str]]) -> None:
        self.found = tuple(found)
        super().__init__("; ".join(problem for _, problem in self.found))


class TomlTable(BaseModel):
    """One table of a TOML file. A value that is not a table is that of the key `shorthand`, a list that of `list_shorthand`.

    A field's `description` completes the sentence "the key must be ...". `instead_of` says what to write in place of
    keys that the table lacks.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)
    shorthand: ClassVar[str | None] = None
    list_shorthand: ClassVar[str | None] = None
    instead_of: ClassVar[Mapping[str, str]] = {}

    @model_validator(mode="before")
    @classmethod
    def _expand(cls, value: Any) -> Any:
        key = cls.list_shorthand if cls.list_shorthand and isinstance(value, list) else cls.shorthand
        return {key: value} if key and not isinstance(value, dict) else value

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if found := tuple(self.contradictions()):
            raise Contradictions(((key,) if isinstance(key, str) else key, problem) for key, problem in found)
        return self

    def contradictions(self) -> Problems:
        """The keys that contradict others, each with the rest of the sentence that says what is wrong."""
        return iter(())


def one_of(known: Iterable[str], kind: Callable[[str], Any] = str) -> Callable[[Any], Any]:
    """A validator that accepts these strings, converts them to `kind`, and suggests the nearest one for others."""
    choices = tuple(known)

    def check(value: Any) -> Any:
        if value in choices:
            return kind(value)
        near = get_close_matches(str(value).lower(), choices, n=1)
        raise ValueError(f"must be one of {', '.join(choices)}{f'; did you mean {near[0]}?' if near else '.'}")

    return check


def read_toml(path: Path, model: type[_Table]) -> _Table:
    """The model of a TOML file. Raises DataError."""
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as error:
        raise DataError(f"There is no mapping file {path}; see docs/importing.md for how to write one.") from error
    except UnicodeDecodeError as error:
        raise DataError(f"{path} is not a mapping: it is not a TOML file in UTF-8. {_SWAPPED}") from error
    except OSError as error:
        raise DataError(f"The mapping file {path} cannot be read: {error}.") from error
    except tomllib.TOMLDecodeError as error:
        swapped = "" if path.suffix.casefold() == ".toml" else f" {_SWAPPED}"
        raise DataError(f"{path.name} is not valid TOML: {error}.{swapped}") from error
    return read_table(path.name, model, raw, path.parent)


def read_table(file: str, model: type[_Table], raw: dict[str, Any], folder: Path) -> _Table:
    """The model of the tables of a file; validators find its folder in their context. Raises DataError."""
    try:
        return model.model_validate(raw, context={"folder": folder})
    except ValidationError as error:
        raise DataError(_message(file, [*_problems(error, model, raw)])) from error


def _message(file: str, problems: list[str]) -> str:
    unique = [*dict.fromkeys(problems)]
    if len(unique) == 1:
        return f"{file}: {unique[0]}"
    more = [f"- and {len(unique) - _MAX_SHOWN} more."] if len(unique) > _MAX_SHOWN else []
    return "\n".join(
        [f"{file} has {count_of(len(unique), 'problem')}:", *(f"- {problem}" for problem in unique[:_MAX_SHOWN]), *more]
    )


def _problems(error: ValidationError, model: type[TomlTable], raw: dict[str, Any]) -> Iterator[str]:
    for found in error.errors(include_url=False):
        path, cause = found["loc"], found.get("ctx", {}).get("error")
        if isinstance(cause, Contradictions):
            yield from (f"{_name((*path, *key), raw)} {problem}" for key, problem in cause.found)
        elif found["type"] == "extra_forbidden":
            yield f"{_name(path, raw)} {_unknown_key(path, model)}"
        elif found["type"] == "missing" and isinstance(path[-1], str):
            yield _missing(path, model, raw)
        else:
            yield f"{_name(path, raw)} {cause or _wrong_kind(found['type'], path, model, raw)}"


def _missing(path: KeyPath, model: type[TomlTable], raw: Mapping[str, Any]) -> str:
    table, name = _table(_field(path, model)), _name(path, raw)
    description = _description(path, model)
    if table and not table.shorthand:
        name = f"[{name}]"
    return f"{name} is missing; {f'it must be {description}.' if description else 'docs/importing.md has the format.'}"


def _wrong_kind(kind: str, path: KeyPath, model: type[TomlTable], raw: Mapping[str, Any]) -> str:
    if kind == "tuple_type" and _table(_field(path, model)):
        return f"must be written as [[{path[-1]}]]."
    description = _description(_written(path, raw), model) or _description(path, model)
    return f"must be {description or _KINDS['tuple_type' if isinstance(path[-1], int) else kind]}."


def _unknown_key(path: KeyPath, model: type[TomlTable]) -> str:
    table = _table(_field(path[:-1], model)) or model
    key, known, top = str(path[-1]), _fields(table), _fields(model)
    if key in table.instead_of:
        return f"is not a key of this table; {table.instead_of[key]}."
    near = get_close_matches(key, known, n=1)
    elsewhere = [_heading(name, field) for name, field in top.items() if key in _fields(_table(field))]
    if near:
        return f"is not a key of this table; did you mean {near[0]}?"
    if key in top:
        return "is not a key of this table; write it above the first table of the file."
    if elsewhere:
        return f"is not a key of this table, but of {' and '.join(elsewhere)}."
    return f"is not a key of this table; its keys are {', '.join(known)}."


def _heading(name: str, field: FieldInfo) -> str:
    return f"[[{name}]]" if get_origin(field.annotation) is tuple else f"[{name}]"


def _fields(table: type[TomlTable] | None) -> dict[str, FieldInfo]:
    return {field.alias or name: field for name, field in table.model_fields.items()} if table else {}


def _written(path: KeyPath, raw: Any) -> KeyPath:
    """The start of a path that a file has, with the key that it lacks, but nothing inside of a value that is not a table."""
    for number, part in enumerate(path):
        if not (isinstance(raw, dict) if isinstance(part, str) else _is_tables(raw)):
            return path[:number]
        raw = raw.get(part) if isinstance(part, str) else raw[part]
    return path


def _is_tables(raw: Any) -> bool:
    return isinstance(raw, list) and all(isinstance(item, dict) for item in raw)


def _name(path: KeyPath, raw: Mapping[str, Any]) -> str:
    """A path as TOML writes it: `pay.unit.map."per Jahr"`, `[[factor]] 2.column`."""
    parts: list[str] = []
    for part in _written(path, raw):
        if isinstance(part, int):
            parts[-1] = f"[[{parts[-1]}]] {part + 1}"
        else:
            parts.append(part if BARE_KEY.fullmatch(part) else f'"{part}"')
    return ".".join(parts)


def _field(path: KeyPath, model: type[TomlTable]) -> FieldInfo | None:
    """The field at a path; None inside of values that are not tables."""
    table, field = model if path else None, None
    for part in path:
        if isinstance(part, str) and table:
            field = _fields(table).get(part)
            table = _table(field)
        elif isinstance(part, str):
            return None
    return field


def _table(field: FieldInfo | None) -> type[TomlTable] | None:
    """The model of the tables that a field has."""
    found = (part for part in _parts(field and field.annotation) if isinstance(part, type) and issubclass(part, TomlTable))
    return next(found, None)


def _description(path: KeyPath, model: type[TomlTable]) -> str | None:
    field = _field(path, model)
    inner = (part.description for part in _parts(field and field.annotation) if isinstance(part, FieldInfo))
    return (field and field.description) or next((text for text in inner if text), None)


def _parts(annotation: Any) -> Iterator[Any]:
    """An annotation and all of its arguments."""
    yield annotation
    for part in get_args(annotation):
        yield from _parts(part)


def quoted(text: str) -> str:
    """A text as a basic string of TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def inline_table(entries: Mapping[str, Any]) -> str:
    """An inline table of strings, whole numbers, lists of strings and further tables."""
    return "{" + ", ".join(f"{_key(key)} = {_inline(value)}" for key, value in entries.items()) + "}"


def _inline(value: Any) -> str:
    if isinstance(value, Mapping):
        return inline_table(value)
    if isinstance(value, str):
        return quoted(value)
    return str(value) if isinstance(value, int) else string_list(value)


def string_list(texts: Iterable[str]) -> str:
    return f"[{', '.join(map(quoted, texts))}]"


def _key(text: str) -> str:
    return text if BARE_KEY.fullmatch(text) else quoted(text)
