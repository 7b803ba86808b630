"""The text of a proposed mapping: valid TOML, with comments on how sure each line is; what is unknown stays a comment."""

import re
import tomllib
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import NamedTuple

from seed.importer.mapping import RESERVED_SOURCES
from seed.importer.suggestion.columns import Column, plain
from seed.importer.suggestion.factors import propose_factors
from seed.importer.suggestion.layout import Sample, sample_of
from seed.importer.suggestion.pay import GUESS, PayProposal, propose_pay, shown_texts
from seed.importer.tables.content import data_file
from seed.importer.toml_model import quoted, string_list
from service.counts import count_of

_KINDS = {
    "posted-range": ("posting", "posted", "job via", "vacancy", "listing"),
    "government-filing": ("case status", "prevailing wage", "visa class"),
    "verified": ("employee id", "payroll", "personnel number", "personalnummer"),
}
"""Words in the names of columns that say what kind of source a file is."""
_COLUMN_KEYS = frozenset({"column", "columns", "low", "high", "soc_column", "base", "bonus", "equity", "total_compensation"})
"""The keys of a proposal whose texts are names of columns; those of `yes` are its keys."""
_YEAR = re.compile(r"(?<!\d)(?:19[9]|20[0-4])\d(?!\d)")


class Suggestion(NamedTuple):
    """A proposed mapping as TOML, the keys whose values are guesses, and whether it names pay, without which none loads."""

    text: str
    guesses: tuple[str, ...]
    has_pay: bool


def suggest_mapping(file: str) -> Suggestion:
    """A mapping for a file. Raises DataError if the file cannot be read or has no rows."""
    with data_file(file) as data:
        sample = sample_of(data)
    proposal = _Proposal(file, sample)
    body = list(proposal.lines())
    guesses = tuple(_guessed_keys(body))
    unused = _unused_columns(sample.columns, body)
    last = [f"# Not used: {', '.join(map(quoted, unused))}"] if unused else []
    text = "\n".join([*_head(file, sample, guesses), *body, *last])
    return Suggestion(text.rstrip() + "\n", guesses, proposal.pay.main is not None)


def _unused_columns(columns: Sequence[Column], lines: Sequence[str]) -> list[str]:
    """The names of the columns that no key of the proposed TOML has, in the order of the file."""
    used = set(_strings(tomllib.loads("\n".join(lines))))
    return list(dict.fromkeys(column.name for column in columns if column.name and column.name not in used))


def _strings(value: object, key: str = "") -> Iterator[str]:
    """The texts of the keys that name columns, in a table and those within it."""
    if isinstance(value, dict):
        if key == "yes":
            yield from value
        for inner, found in value.items():
            yield from _strings(found, inner)
    elif isinstance(value, list):
        for one in value:
            yield from _strings(one, key)
    elif isinstance(value, str) and key in _COLUMN_KEYS:
        yield value


def _guessed_keys(lines: Sequence[str]) -> Iterator[str]:
    """The keys of lines that are marked as guesses; a map is named with the factor of its table."""
    factor = ""
    for line in lines:
        key, _, value = line.partition(" = ")
        factor = value.strip('"') if key == "factor" else factor
        if f"# {GUESS}" in line:
            yield f"map of {factor}" if key == "map" else key


def _head(file: str, sample: Sample, guesses: Sequence[str]) -> Iterator[str]:
    rows = count_of(sample.rows, "row") + ("" if sample.rows == sample.read else f" spread over {sample.read:,}")
    yield f"# Proposed from {rows} of {PurePosixPath(file).name}."
    yield "# Check every line; `payrank import --dry-run` shows what the mapping does, and docs/importing.md has all keys."
    if guesses:
        yield f"# The file does not state {', '.join(guesses)}: correct what is marked {GUESS.rstrip(':')}."
    yield ""


class _Proposal:
    def __init__(self, file: str, sample: Sample) -> None:
        self._file, self._sample, self._columns = file, sample, sample.columns
        self.pay: PayProposal = propose_pay(sample.columns)
        self._date = self._date_column(_without(sample.columns, self.pay.columns))
        rest = _without(sample.columns, [*self.pay.columns, *filter(None, [self._date]), *self.pay.others])
        self._tables = propose_factors(rest)

    def lines(self) -> Iterator[str]:
        yield from self._effective_lines()
        yield from self._dataset_lines()
        yield from self._file_lines()
        yield from self.pay.lines(self._columns)
        for table in self._tables:
            yield from table.lines()

    # The month

    def _date_column(self, columns: Sequence[Column]) -> Column | None:
        """The column whose name says date, or else year, or else the first with exact dates."""
        ranked = [(self._date_rank(column), -number, column) for number, column in enumerate(columns)]
        rank, _, best = max(ranked, key=lambda one: one[:2], default=(0.0, 0, None))
        return best if rank else None

    def _date_rank(self, column: Column) -> float:
        forms = column.date_formats
        if not forms or "other" in column.scores:
            return 0.0
        named = max(column.scores.get("date", 0), column.scores.get("year", 0) - 0.1)
        return named or (0.1 if "%Y" not in forms and len(column.texts) > 1 else 0.0)

    def _effective_lines(self) -> Iterator[str]:
        if self._date is None:
            year, reason = self._year()
            yield f'effective = "{year}-01"  # {GUESS} {reason}; or {{column = "...", format = "%d/%m/%Y"}}'
            yield ""
            return
        first, *further = self._date.date_formats
        yield f"# The month of the pay: {quoted(self._date.name)} has texts such as {shown_texts(self._date)}."
        first, other = self._date.day_or_month_first(first)
        guess = f"  # {GUESS} day and month may be the other way round: {quoted(other)} fits as well" if other else ""
        formats = string_list([first, *further]) if further else quoted(first)
        yield f"effective = {{column = {quoted(self._date.name)}, format = {formats}}}{guess}"
        yield ""

    def _year(self) -> tuple[str, str]:
        """The last year in the name of the file, or else in the name of a column, or else this year; and where it is."""
        names = {
            "the name of the file": [PurePosixPath(self._file).name],
            "the name of a column": [c.name for c in self._columns],
        }
        for where, texts in names.items():
            if years := [year for text in texts for year in _YEAR.findall(text)]:
                return max(years), f"the year is in {where}"
        return str(datetime.now(UTC).year), "no column has dates"

    # The source and the file

    def _dataset_lines(self) -> Iterator[str]:
        names = " ".join(plain(column.name) for column in self._columns)
        kinds = (kind for kind, words in _KINDS.items() if any(word in names for word in words))
        kind = next(kinds, "survey")
        yield "[dataset]"
        yield f"code = {quoted(_code(self._file))}  # from the name of the file"
        yield f"kind = {quoted(kind)}  # {GUESS} one of self-reported, verified, government-filing, survey, posted-range"
        if kind == "verified":
            yield f"protected = true  # {GUESS} an employer's own payroll; without it each row becomes a public record"
        else:
            yield "# protected = true  # for an employer's own payroll: without it each row becomes a public record"
        yield '# label = "The name of the data set for people"'
        yield '# licence = ""'
        yield '# url = ""'
        yield ""

    def _file_lines(self) -> Iterator[str]:
        keys, decimal = self._sample.keys, self.pay.decimal
        marks = dict.fromkeys(text for column in self._columns for text in column.missing)
        lines = [f"{key} = {quoted(value) if isinstance(value, str) else value}" for key, value in keys.items()]
        if self._sample.others:
            what = "members" if "member" in keys else "sheets"
            lines.append(f"# Other {what} of the file: {', '.join(map(quoted, self._sample.others))}.")
        lines += [f"decimal = {quoted(decimal)}  # amounts such as {self._example()}"] if decimal else []
        lines += [f"missing = {string_list(marks)}"] if marks else []
        for column in self._columns:
            if column.scores.get("row", 0) >= 1 and len(column.texts) == self._sample.rows:
                lines.append(
                    f"# identity = [{quoted(column.name)}]  # if a newer file has the same text for the same record;"
                )
                lines.append(f"# ignore = [{quoted(column.name)}]    # if it is only a row number")
        if lines:
            yield from ("[file]", *lines, "")

    def _example(self) -> str:
        texts = (text for column in self.pay.parts.values() for text in column.texts if "," in text or "." in text)
        return quoted(next(texts, ""))


def _without(columns: Sequence[Column], used: Sequence[Column]) -> list[Column]:
    return [column for column in columns if all(column is not other for other in used)]


def _code(file: str) -> str:
    name = PurePosixPath(file.rstrip("/")).name.partition(".")[0]
    code = re.sub(r"[^a-z0-9]+", "-", plain(name)).strip("-") or "my-data"
    return f"my-{code}" if code in RESERVED_SOURCES else code
