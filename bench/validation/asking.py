"""Asking PayRank as its clients do: in GraphQL, of the application over a database."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from bench.validation.figures import SHARES, Figures
from service.app import create_app
from service.settings import load_settings

Where = Mapping[str, object]
Split = tuple[str, str | None]
"""A factor to group by, and the value to group below; None for the factor's top values."""

_FIGURES = "stats(measure: BASE_SALARY) { count p10 p25 p50 p75 p90 }"


@dataclass(frozen=True)
class Client:
    """Questions to an application."""

    http: TestClient

    def figures(self, where: Where, adjust: str = "NONE") -> Figures | None:
        """Of one cohort; None when it is too small."""
        return _figures(self._cohort(where, adjust, _FIGURES))

    def groups(self, where: Where, *splits: Split, adjust: str = "NONE") -> dict[tuple[str, ...], Figures]:
        """Of the groups by one factor, or by several inside each other, by the codes of their values."""
        selection = _FIGURES
        for factor, under in reversed(splits):
            below = f', under: "{under}", first: 500' if under else ""
            selection = f"by(factor: {factor}{below}) {{ value {{ code }} cohort {{ {selection} }} }}"
        return dict(_groups(self._cohort(where, adjust, selection), ()))

    def records(self) -> int:
        """How many records the edition has."""
        return int(self._ask("{ edition { records } }")["edition"]["records"])

    def _cohort(self, where: Where, adjust: str, selection: str) -> dict[str, Any]:
        cohort = f"cohort(where: $where, adjust: $adjust) {{ {selection} }}"
        query = f"query ($where: CohortFilter, $adjust: Adjustment!) {{ {cohort} }}"
        found: dict[str, Any] = self._ask(query, where=where, adjust=adjust)["cohort"]
        return found

    def _ask(self, query: str, **variables: object) -> dict[str, Any]:
        answer = self.http.post("/graphql", json={"query": query, "variables": variables}).json()
        if "errors" in answer:
            raise RuntimeError(f"PayRank refused a question of this program: {answer['errors'][0]['message']}")
        data: dict[str, Any] = answer["data"]
        return data


@contextmanager
def asking(url: str) -> Iterator[Client]:
    """A client of the application over a database."""
    with TestClient(create_app(load_settings(queries_per_minute=0, max_cost=1_000_000), url)) as http:
        yield Client(http)


def _figures(cohort: dict[str, Any]) -> Figures | None:
    stats = cohort["stats"]
    return Figures(stats["count"], tuple(stats[f"p{share}"] for share in SHARES)) if stats else None


def _groups(cohort: dict[str, Any], above: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], Figures]]:
    for group in cohort["by"]:
        if group["value"] is None:
            continue
        codes = (*above, group["value"]["code"])
        if "by" in group["cohort"]:
            yield from _groups(group["cohort"], codes)
        elif found := _figures(group["cohort"]):
            yield codes, found
