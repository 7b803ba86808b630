"""The questions of the README, and what answers them: `python -m bench.questions [FOLDER] [--at URL] [--write]`.

Prints a table of how far every question of the README is answered and by which sources, or why it is not. It asks a running
service, or a new one that loads extracts of the open data sets from ../shared/data (or FOLDER): first those of a first
start, then all others. `--write` puts the table into docs/data.md.
"""

import argparse
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from pathlib import Path
from typing import Any

import httpx2
from graphql import FieldNode, OperationDefinitionNode, SelectionSetNode, ValueNode, parse, print_ast
from starlette.testclient import TestClient

from bench.environment import database
from bench.markdown import table
from bench.validation.files import EXTRACTS, Files
from bench.validation.imports import import_extracts
from seed.catalogue import find_data_set
from service.app import create_app
from service.counts import count_of
from service.settings import load_settings

README, PAGE = Path("README.md"), Path("docs/data.md")
BEGIN, END = "<!-- written by python -m bench.questions -->\n", "<!-- end -->\n"
_ROW = re.compile(r"^\| ([^|]+) \| `(\{ .*? \})` \|$", re.MULTILINE)

NAMED = {
    "Does remote work pay less?": ("remote",),
    "Start-up: less base, more equity?": ("startup",),
    "Do larger employers pay more?": ("medium", "large"),
    "Does a master's degree or a doctorate pay?": ("master", "doctorate"),
    "Do NLP, computer vision and generative AI pay more?": ("nlp", "computer-vision", "generative-ai"),
}
"""The codes of the values that a question is about; without figures for all of them it is answered in part."""
_NO_PARTS = frozenset({"unavailable", "officialWagesUnavailable", "size", "measures"})
_NOT_FIGURES = frozenset({"value", "count", "records", "size", "reason", "method", "cohorts"})
_MAX_SOURCES = 3
_DEFAULT_MEASURE = "TOTAL_COMPENSATION"

Data = Mapping[str, Any]


class Answered(StrEnum):
    FULLY = "yes"
    PARTLY = "partly"
    NOT = "no"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a question: a field with figures, its `data`, and what records must report for it.

    `where` is the filter of its cohort, None if it has none of its own, and `factor` what the figures are by, in GraphQL.
    """

    data: object
    where: str | None
    measure: str
    factor: str | None = None

    def has_figures(self, named: Sequence[str]) -> bool:
        """Whether there is a figure, and one for each value of `named` codes."""
        return _has_figure(self.data) and {*named} <= {*_codes_with_figures(self.data)}


@dataclass(frozen=True, slots=True)
class Answer:
    """How far a question is answered and by which sources; if not fully, the reasons."""

    question: str
    answered: Answered
    sources: tuple[str, ...]
    reasons: tuple[str, ...]


def questions(readme: str) -> dict[str, str]:
    """The queries of the README's table by their questions."""
    return dict(_ROW.findall(readme))


def answers(http: httpx2.Client) -> list[Answer]:
    """The answers to all questions of the README by the service of a client."""
    return [_answer(http, question, query) for question, query in questions(README.read_text(encoding="utf-8")).items()]


def _answer(http: httpx2.Client, question: str, query: str) -> Answer:
    response = http.post("/graphql", json={"query": query}).json()
    data, errors = response.get("data") or {}, response.get("errors", [])
    [operation] = [one for one in parse(query).definitions if isinstance(one, OperationDefinitionNode)]
    parts = list(_parts(operation, data))
    has = [part.has_figures(NAMED.get(question, ())) for part in parts]
    answering = (_sources(http, part) for part, is_answered in zip(parts, has, strict=True) if is_answered)
    reasons = dict.fromkeys([*_reasons(data), *(error["message"] for error in errors)])
    answered = Answered.FULLY if all(has) and parts else Answered.PARTLY if any(has) else Answered.NOT
    why_not = tuple(reasons) if answered is not Answered.FULLY else ()
    return Answer(question, answered, tuple(dict.fromkeys(chain.from_iterable(answering))), why_not)


def _parts(operation: OperationDefinitionNode, data: Data) -> Iterator[Part]:
    for root in _fields(operation.selection_set):
        found = data.get(_key(root))
        if root.name.value in _NO_PARTS:
            continue
        if root.name.value != "cohort":
            yield Part(found, _argument(root, "a"), _measure(root))
            continue
        for field in _fields(root.selection_set):
            if field.name.value not in _NO_PARTS:
                where, cohort = _argument(root, "where") or "{}", found or {}
                yield Part(cohort.get(_key(field)), where, _measure(field), _argument(field, "factor"))


def _fields(selections: SelectionSetNode | None) -> list[FieldNode]:
    return [one for one in (selections.selections if selections else ()) if isinstance(one, FieldNode)]


def _key(field: FieldNode) -> str:
    return field.alias.value if field.alias else field.name.value


def _argument(field: FieldNode, name: str) -> str | None:
    values: dict[str, ValueNode] = {one.name.value: one.value for one in field.arguments or ()}
    return print_ast(values[name]) if name in values else None


def _measure(field: FieldNode) -> str:
    """The measure of a field, or of the statistics of its groups."""
    found = _argument(field, "measure")
    if found or field.name.value != "by":
        return found or _DEFAULT_MEASURE
    nested = chain.from_iterable(_fields(one.selection_set) for one in _fields(field.selection_set))
    return next((_measure(one) for one in nested if one.name.value == "stats"), _DEFAULT_MEASURE)


def _has_figure(data: object) -> bool:
    """Whether there is a number that is not only one of records; the group of missing values does not count."""
    if isinstance(data, Mapping):
        if data.get("value", data) is None:
            return False
        return any(_has_figure(value) for key, value in data.items() if key not in _NOT_FIGURES)
    if isinstance(data, list):
        return any(map(_has_figure, data))
    return isinstance(data, int | float) and not isinstance(data, bool)


def _codes_with_figures(data: object) -> Iterator[str]:
    if isinstance(data, Mapping):
        value = data.get("value")
        if isinstance(value, Mapping) and _has_figure(data):
            yield value.get("code", "")
    for nested in data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ():
        yield from _codes_with_figures(nested)


def _reasons(data: object) -> Iterator[str]:
    """The texts that say why there is no figure."""
    if isinstance(data, Mapping):
        yield from (str(data[key]) for key in ("reason", "message") if data.get(key))
    for nested in data.values() if isinstance(data, Mapping) else data if isinstance(data, list) else ():
        yield from _reasons(nested)


def _sources(http: httpx2.Client, part: Part) -> list[str]:
    """The codes of the sources that have statistics for a part of a question, most records first."""
    if part.where is None:
        return []
    factor = f", factor: {part.factor}" if part.factor else ""
    groups = f"value {{ code }} cohort {{ unavailable(measure: {part.measure}{factor}) {{ code }} }}"
    query = f"{{ cohort(where: {part.where}) {{ by(factor: SOURCE, first: 100) {{ {groups} }} }} }}"
    found = http.post("/graphql", json={"query": query}).json()["data"]["cohort"]["by"]
    return [one["value"]["code"] for one in found if one["value"] and one["cohort"]["unavailable"] is None]


def render(services: Mapping[str, Sequence[Answer]]) -> str:
    """A table in Markdown, below a sentence for each service; reasons are those of the first one, sources of the last."""
    summaries = "\n".join(_summary(name, found) for name, found in services.items())
    rows = (
        (one[0].question, *(answer.answered for answer in one), _listed(one[-1].sources), " ".join(one[0].reasons))
        for one in zip(*services.values(), strict=True)
    )
    header = ("question", *services, "answered by", f"why not ({next(iter(services))})")
    return f"{summaries}\n\n{table(header, rows).replace(' ---: ', ' --- ')}\n"


def _summary(name: str, found: Sequence[Answer]) -> str:
    fully, partly, unanswered = (sum(one.answered is kind for one in found) for kind in Answered)
    questions = count_of(len(found), "question")
    return f"- {name}: {questions}, {fully} answered, {partly} answered in part, {unanswered} not answered."


def _listed(sources: Sequence[str]) -> str:
    more = len(sources) - _MAX_SOURCES
    return ", ".join(sources[:_MAX_SOURCES]) + (f" and {more} more" if more > 0 else "")


@contextmanager
def client_of(url: str) -> Iterator[httpx2.Client]:
    """A client of the application over a database, without rate limits."""
    with TestClient(create_app(load_settings(queries_per_minute=0, max_cost=1_000_000, request_seconds=300), url)) as http:
        yield http


def over_extracts(url: str, files: Files) -> dict[str, list[Answer]]:
    """The answers of a service over the data sets of a first start, and over all; the database must be empty."""
    small = [name for name in EXTRACTS if find_data_set(name).is_small]
    found = {}
    for service, loaded in (("first start", small), ("all data sets", [name for name in EXTRACTS if name not in small])):
        import_extracts(url, files, loaded)
        with client_of(url) as http:
            found[service] = answers(http)
    return found


def with_table(page: str, text: str) -> str:
    """A page with this text between BEGIN and END."""
    before, _, rest = page.partition(BEGIN)
    return f"{before}{BEGIN}\n{text}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Show which questions of the README are answered, and by which sources.")
    parser.add_argument("folder", nargs="?", type=Path, default=Path("../shared/data"))
    parser.add_argument("--at", help="URL of a running service")
    parser.add_argument("--write", action="store_true", help=f"put the table into {PAGE}")
    options = parser.parse_args()
    if options.at:
        with httpx2.Client(base_url=options.at, timeout=120) as http:
            found = {"answered": answers(http)}
    else:
        files = Files(options.folder)
        missing = [name for name in EXTRACTS.values() if not (files.folder / name).is_file()]
        if missing:
            sys.exit(f"{files.folder} lacks {', '.join(missing)}. Pass the folder that has them, or --at URL of a service.")
        with database() as url:
            found = over_extracts(url, files)
    text = render(found)
    sys.stdout.write(text)
    if options.write:
        PAGE.write_text(with_table(PAGE.read_text(encoding="utf-8"), text), encoding="utf-8")


if __name__ == "__main__":
    main()
