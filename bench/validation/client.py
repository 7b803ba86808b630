"""A GraphQL client of the application over a database, as any client of PayRank."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from starlette.testclient import TestClient

from bench.validation.comparison import SHARES, PaySummary
from service.app import create_app
from service.settings import load_settings

Where = Mapping[str, object]
Split = tuple[str, str | None]
"""A factor to group by, and the value whose descendants are the groups; None for the factor's top values."""

_STATS = "stats(measure: BASE_SALARY) { count p10 p25 p50 p75 p90 }"


@dataclass(frozen=True)
class ApiClient:
    """Queries to an application."""

    http: TestClient

    def summary(self, where: Where, adjust: str = "NONE") -> PaySummary | None:
        """The summary of a cohort; None if it is suppressed."""
        return _summary(self._cohort(where, adjust, _STATS))

    def required_summary(self, where: Where) -> PaySummary:
        """The summary of a cohort of data just imported. Raises RuntimeError if it is suppressed."""
        found = self.summary(where)
        if found is None:
            raise RuntimeError(f"PayRank has no statistics for {where}, although the file was just imported.")
        return found

    def groups(self, where: Where, *splits: Split, adjust: str = "NONE") -> dict[tuple[str, ...], PaySummary]:
        """The summaries of groups by one factor, or by several nested factors, by the codes of their values."""
        selection = _STATS
        for factor, under in reversed(splits):
            below = f', under: "{under}", first: 500' if under else ""
            selection = f"by(factor: {factor}{below}) {{ value {{ code }} cohort {{ {selection} }} }}"
        return dict(_groups(self._cohort(where, adjust, selection), ()))

    def groups_below(
        self, where: Where, factor: str, parents: Iterable[str], *splits: Split
    ) -> dict[tuple[str, ...], PaySummary]:
        """The summaries of groups by a factor with a tree of values, as the children of each of `parents`."""
        found: dict[tuple[str, ...], PaySummary] = {}
        for parent in parents:
            found |= self.groups(where, (factor, parent), *splits)
        return found

    def records(self) -> int:
        """The number of records of the current edition."""
        return int(self.query("{ edition { records } }")["edition"]["records"])

    def _cohort(self, where: Where, adjust: str, selection: str) -> dict[str, Any]:
        cohort = f"cohort(where: $where, adjust: $adjust) {{ {selection} }}"
        query = f"query ($where: CohortFilter, $adjust: Adjustment!) {{ {cohort} }}"
        found: dict[str, Any] = self.query(query, where=where, adjust=adjust)["cohort"]
        return found

    def query(self, query: str, **variables: object) -> dict[str, Any]:
        """The data of a query. Raises RuntimeError if it is refused."""
        response = self.http.post("/graphql", json={"query": query, "variables": variables}).json()
        if "errors" in response:
            raise RuntimeError(f"PayRank refused a query of the validation: {response['errors'][0]['message']}")
        data: dict[str, Any] = response["data"]
        return data


@contextmanager
def client_of(url: str) -> Iterator[ApiClient]:
    """A client of the application over a database, without rate limits."""
    with TestClient(create_app(load_settings(queries_per_minute=0, max_cost=1_000_000), url)) as http:
        yield ApiClient(http)


def _summary(cohort: dict[str, Any]) -> PaySummary | None:
    stats = cohort["stats"]
    return PaySummary(stats["count"], tuple(stats[f"p{share}"] for share in SHARES)) if stats else None


def _groups(cohort: dict[str, Any], parents: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], PaySummary]]:
    for group in cohort["by"]:
        if group["value"] is None:
            continue
        codes = (*parents, group["value"]["code"])
        if "by" in group["cohort"]:
            yield from _groups(group["cohort"], codes)
        elif found := _summary(group["cohort"]):
            yield codes, found
