"""The API judged by other projects' tools: GraphQL over HTTP audits, SDL linters, a schema diff."""

from collections import Counter
from pathlib import Path

import pytest
from support.outside_tools import Node

from schema.schema import SDL

pytestmark = pytest.mark.slow


def test_all_graphql_over_http_audits_pass(node: Node, address: str) -> None:
    """MUST, SHOULD and MAY; there are 61."""
    audits = node("audit.mjs", address)
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61
    assert Counter(audit["name"].split()[0] for audit in audits).keys() == {"MUST", "SHOULD", "MAY"}


def test_graphql_eslint_accepts_the_schema(node: Node) -> None:
    assert node("lint.mjs", str(SDL)) == []


def test_graphql_eslint_reports_a_bad_schema(node: Node, tmp_path: Path) -> None:
    """The linter really reads the schema."""
    worse = SDL.read_text() + "\ntype Bare { getName: String }\n"
    (tmp_path / "worse.graphql").write_text(worse)
    found = {finding["rule"] for finding in node("lint.mjs", str(tmp_path / "worse.graphql"))}
    assert {
        f"@graphql-eslint/{rule}" for rule in ("require-description", "no-unreachable-types", "strict-id-in-types")
    } <= found


def test_graphql_inspector_reports_a_breaking_change(node: Node, tmp_path: Path) -> None:
    (tmp_path / "after.graphql").write_text(SDL.read_text().replace("  size: Int!\n", "  extent: Int!\n"))
    found = node("compare.mjs", str(SDL), str(tmp_path / "after.graphql"))
    assert [change["path"] for change in found["breaking"]] == ["Cohort.size"]
