"""The API as others' tools judge it: audits of GraphQL over HTTP, linters of the SDL, a compiler, a comparison."""

import shutil
from collections import Counter
from pathlib import Path

import pytest
from support.outside_tools import HERE, ROOT, Node

from schema.schema import SDL

pytestmark = pytest.mark.slow
DESIGN = ROOT.parent / "shared" / "design" / "schema.graphql"
LOOSER = {"PremiumTable.baseline", "PremiumTable.rSquared"}
"""What tests/schema/test_contract.py says may be null, unlike in the design."""


def test_every_audit_of_graphql_over_http_is_met(node: Node, address: str) -> None:
    """MUST, SHOULD and MAY; there are 61."""
    audits = node("audit.mjs", address)
    assert [audit for audit in audits if audit["status"] != "ok"] == []
    assert len(audits) == 61
    assert Counter(audit["name"].split()[0] for audit in audits).keys() == {"MUST", "SHOULD", "MAY"}


def test_the_schema_has_no_finding_of_graphql_eslint(node: Node) -> None:
    assert node("lint.mjs", str(SDL)) == []


def test_graphql_eslint_finds_what_is_wrong(node: Node, tmp_path: Path) -> None:
    """That the linter reads the schema at all."""
    worse = SDL.read_text() + "\ntype Bare { getName: String }\n"
    (tmp_path / "worse.graphql").write_text(worse)
    found = {finding["rule"] for finding in node("lint.mjs", str(tmp_path / "worse.graphql"))}
    assert {
        f"@graphql-eslint/{rule}" for rule in ("require-description", "no-unreachable-types", "strict-id-in-types")
    } <= found


def test_nothing_breaks_for_clients_of_the_design(node: Node) -> None:
    if not DESIGN.is_file():
        pytest.skip("the design is not here")
    found = node("compare.mjs", str(DESIGN), str(SDL))
    assert {change["path"] for change in found["breaking"]} == LOOSER
    assert {change["type"] for change in found["breaking"]} == {"FIELD_TYPE_CHANGED"}


def test_graphql_inspector_finds_what_breaks(node: Node, tmp_path: Path) -> None:
    (tmp_path / "after.graphql").write_text(SDL.read_text().replace("  size: Int!\n", "  extent: Int!\n"))
    found = node("compare.mjs", str(SDL), str(tmp_path / "after.graphql"))
    assert [change["path"] for change in found["breaking"]] == ["Cohort.size"]


def test_relay_compiles_a_project(node: Node, tmp_path: Path) -> None:
    """Connections, a fragment that is fetched again by its node, a mutation, a subscription."""
    project = tmp_path / "relay"
    shutil.copytree(HERE / "relay", project)
    shutil.copy(SDL, project / "schema.graphql")
    node("node_modules/relay-compiler/cli.js", folder=project)
    made = {path.name.removesuffix(".graphql.js") for path in (project / "src" / "__generated__").iterdir()}
    assert made == {
        "recordsFlagMutation",
        "recordsFollowSubscription",
        "recordsPageQuery",
        "recordsQuery",
        "recordsRecordQuery",
        "recordsValuesQuery",
        "records_list",
        "records_record",
    }
