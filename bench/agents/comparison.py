"""Compares the results of tool calls with PostgreSQL."""

import asyncio
import tomllib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from math import isclose
from pathlib import Path
from statistics import median
from typing import Any

import asyncpg
from mcp.client import Client
from mcp_types import CallToolResult

from bench.agents import oracle
from service.limits import MINIMUM_RECORDS

QUESTIONS = Path(__file__).with_name("questions.toml")
Result = Mapping[str, Any]
_FIT_SECONDS = 120
_WAGES = 10  # that a call returns without `first`


@dataclass(frozen=True, slots=True)
class Question:
    """`sql` says which rows of the oracle's tables it is about; the estimates of a model have none."""

    ask: str
    tool: str
    arguments: dict[str, Any]
    sql: str = ""

    @property
    def measure(self) -> str:
        return str(self.arguments.get("measure", "base_salary"))


@dataclass(slots=True)
class Checked:
    """The number of figures compared, and what was unequal or missing."""

    figures: int = 0
    wrong: list[str] = field(default_factory=list)

    def equal(self, what: str, found: float | str | None, expected: float | str | None) -> None:
        self.figures += 1
        numbers = isinstance(found, (int, float)) and isinstance(expected, (int, float))
        same = isclose(found, expected, abs_tol=0.0051) if numbers else found == expected  # type: ignore[arg-type]
        if not same:
            self.wrong.append(f"{what}: {found}, by SQL {expected}")


def questions() -> list[Question]:
    return [Question(**one) for one in tomllib.loads(QUESTIONS.read_text())["questions"]]


async def compare(url: str, address: str) -> list[tuple[str, list[int]]]:
    """For each tool: questions, figures, those unequal to SQL, refusals, median and maximum bytes of a result."""
    rows: dict[str, list[tuple[Checked, bool, int]]] = defaultdict(list)
    async with Client(address) as client:
        async for question, result, checked, size in answers(url, client, questions()):
            rows[question.tool].append((checked, result["refusal"] is not None, size))
    return [
        (
            tool,
            [
                len(found),
                sum(checked.figures for checked, _, _ in found),
                sum(len(checked.wrong) for checked, _, _ in found),
                sum(refused for _, refused, _ in found),
                round(median(size for _, _, size in found)),
                max(size for _, _, size in found),
            ],
        )
        for tool, found in rows.items()
    ]


async def answers(
    url: str, client: Client, asked: Iterable[Question]
) -> AsyncIterator[tuple[Question, Result, Checked, int]]:
    """Each question with its result, what was compared, and the result's bytes as text."""
    connection = await asyncpg.connect(url)
    try:
        await oracle.create_tables(connection)
        for question in asked:
            called = await _called(client, question)
            [content] = called.content
            checked = Checked()
            await _CHECKS[question.tool](connection, question, called.structured_content, checked)
            _check_trust(called.structured_content, checked)
            yield question, called.structured_content, checked, len(content.text.encode())  # type: ignore[union-attr]
    finally:
        await connection.close()


async def _called(client: Client, question: Question) -> CallToolResult:
    """The result of a question's tool call; waits for a model that is being fitted."""
    called = await client.call_tool(question.tool, question.arguments)
    for _ in range(_FIT_SECONDS):
        if not (called.is_error and question.tool == "estimate_pay"):
            break
        await asyncio.sleep(1)
        called = await client.call_tool(question.tool, question.arguments)
    assert not called.is_error, f"{question.ask}: {called.content}"
    return called


def _check_trust(result: Result, checked: Checked) -> None:
    """Every result is cited or refused, and no figure rests on fewer records than the minimum."""
    cited = bool(result["citation"] and result["citation"]["text"])
    checked.equal("cited or refused", cited or result["refusal"] is not None, True)
    for figures in _figures(result):
        checked.equal("at least the minimum sample size", figures["sample_size"] >= MINIMUM_RECORDS, True)


def _figures(result: Result) -> Iterator[Result]:
    if result.get("figures"):
        yield result["figures"]
    yield from (group["figures"] for group in result.get("groups", ()) if group["figures"])
    yield from (period for period in result.get("periods", ()) if period["median"] is not None)


def _check_figures(found: Result | None, expected: oracle.Figures, checked: Checked) -> None:
    if found is None:
        checked.equal("suppressed", expected.count < MINIMUM_RECORDS, True)
        return
    checked.equal("sample size", found["sample_size"], expected.count)
    for name, value in expected.values.items():
        if expected.count >= oracle.OUTER.get(name, MINIMUM_RECORDS):
            checked.equal(name, found[name], value)
        else:
            checked.equal(name, found[name], None)


async def _check_summary(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    expected = await oracle.figures(rows, question.sql, question.measure)
    checked.equal("size", result["size"], expected.size)
    _check_figures(result["figures"], expected, checked)


async def _check_groups(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    factor = question.arguments["factor"]
    checked.equal("has groups", bool(result["groups"]), True)
    for group in result["groups"]:
        has = f"{factor} && '{{{group['code']}}}'" if group["code"] else f"coalesce({factor}, '{{}}') = '{{}}'"
        expected = await oracle.figures(rows, f"{question.sql} AND {has}", question.measure)
        checked.equal(f"size of {group['code']}", group["size"], expected.size)
        _check_figures(group["figures"], expected, checked)


async def _check_trend(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    interval = question.arguments.get("interval", "year")
    found = {period["period"].lower().replace(" ", "-"): period for period in result["periods"]}
    async for code, expected in oracle.periods(rows, question.sql, question.measure, interval):
        period = found.pop(code, None)
        if period is None:
            checked.equal(f"size of {code}", 0, expected.size)
            continue
        if period["median"] is None:
            checked.equal(f"{code} suppressed", expected.count < MINIMUM_RECORDS, True)
            continue
        checked.equal(f"sample size of {code}", period["sample_size"], expected.count)
        checked.equal(f"median of {code}", period["median"], expected.values["median"])
    checked.equal("periods without records", sum(period["sample_size"] for period in found.values()), 0)


async def _check_offer(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    amount, measure = question.arguments["base_salary"], result["compared_measure"]
    expected = await oracle.figures(rows, question.sql, measure)
    checked.equal("dropped factors", len(result["dropped_factors"]), 0)
    checked.equal("sample size", result["sample_size"], expected.count)
    checked.equal("rank", result["percentile_rank"], await oracle.rank(rows, question.sql, measure, amount))
    checked.equal("ratio to the median", result["compa_ratio"], amount / expected.values["median"])


async def _check_wages(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    expected = await oracle.wages(rows, question.sql)
    checked.equal("rows", len(result["wages"]), min(_WAGES, len(expected)))
    for found in result["wages"]:
        for name, value in expected[found["industry"]].items():
            checked.equal(name, found[name], value)


async def _check_values(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    factor = question.arguments["factor"]
    for value in result["values"]:
        expected = await oracle.figures(rows, f"{factor} && '{{{value['code']}}}'", "base_salary")
        checked.equal(f"records of {value['code']}", value["records"], expected.size)


async def _check_title(rows: asyncpg.Connection, question: Question, result: Result, checked: Checked) -> None:
    [(role, level)] = await rows.fetch(question.sql)
    checked.equal("role", result["role"]["code"], role)
    checked.equal("level", result["level"], level)


async def _check_estimate(_: asyncpg.Connection, __: Question, result: Result, checked: Checked) -> None:
    """A model's estimate has no counterpart in SQL: only that its percentiles ascend."""
    percentiles = [result[name] for name in ("p10", "p25", "median", "p75", "p90")]
    checked.equal("percentiles ascend", percentiles == sorted(percentiles), True)


_CHECKS: Mapping[str, Callable[[asyncpg.Connection, Question, Result, Checked], Awaitable[None]]] = {
    "pay_summary": _check_summary,
    "compare_groups": _check_groups,
    "pay_trend": _check_trend,
    "benchmark_offer": _check_offer,
    "official_wages": _check_wages,
    "search_values": _check_values,
    "read_title": _check_title,
    "estimate_pay": _check_estimate,
}
