"""Tools that read the schema from a service with default limits: clients of graphql-core, generators of code and types."""

import json
import shutil
from pathlib import Path
from textwrap import dedent

import pytest
from graphql import build_schema
from support.outside_tools import HERE, Node, Python

from schema.schema import SDL

pytestmark = pytest.mark.slow
SCALARS = {"Code": "string", "Currency": "string", "DateTime": "string", "Month": "string"}
OPERATIONS = HERE / "types" / "operations.graphql"


@pytest.mark.parametrize(("lock", "version"), [("graphql-core", "3.2.0"), ("sgqlc", "3.2.6")])
def test_clients_of_earlier_graphql_core_read_the_schema(python: Python, address: str, lock: str, version: str) -> None:
    """These versions fail on directive locations that they do not know."""
    found = json.loads(python(lock, str(HERE / "introspect.py"), address, folder=HERE))
    assert found["version"] == version
    assert found["types"] == sorted(build_schema(SDL.read_text()).type_map)
    assert found["scalar"] == "https://www.unicode.org/reports/tr15/"
    assert found["errors"] == ["Cannot query field 'nothing' on type 'Query'."]
    assert sorted(build_schema(found["sdl"]).type_map) == found["types"]


def test_sgqlc_generates_a_client_that_queries(python: Python, address: str, tmp_path: Path) -> None:
    python("sgqlc", "-m", "sgqlc.introspection", address, "introspection.json", folder=tmp_path)
    python("sgqlc", "-m", "sgqlc.codegen", "schema", "introspection.json", "payrank.py", folder=tmp_path)
    program = dedent("""
        import json, sys
        from payrank import Query
        from sgqlc.endpoint.http import HTTPEndpoint
        from sgqlc.operation import Operation

        operation = Operation(Query)
        operation.cohort(where={"level": ["SENIOR"]}).stats(measure="BASE_SALARY").p50()
        print(json.dumps((operation + HTTPEndpoint(sys.argv[1])(operation)).cohort.stats.p50))
    """)
    assert json.loads(python("sgqlc", "-c", program, address, folder=tmp_path)) == 105_000


def test_ariadne_codegen_generates_a_client_that_queries(python: Python, address: str, tmp_path: Path) -> None:
    scalars = "\n".join(f'[tool.ariadne-codegen.scalars.{name}]\ntype = "str"' for name in SCALARS)
    options = f'remote_schema_url = "{address}"\nqueries_path = "operations.graphql"\ntarget_package_name = "payrank"'
    (tmp_path / "pyproject.toml").write_text(f"[tool.ariadne-codegen]\n{options}\n{scalars}\n")
    shutil.copy(OPERATIONS, tmp_path)
    python("ariadne-codegen", "-m", "ariadne_codegen", folder=tmp_path)
    program = dedent("""
        import asyncio, json, sys
        from payrank import Client

        async def main():
            async with Client(url=sys.argv[1]) as client:
                found = await client.overview(currency="EUR", first=2)
            pays = [edge.node.pay for edge in found.salary_records.edges]
            print(json.dumps([found.cohort.size, len(pays), {pay.currency for pay in pays} == {"EUR"}]))

        asyncio.run(main())
    """)
    assert json.loads(python("ariadne-codegen", "-c", program, address, folder=tmp_path)) == [14, 2, True]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A TypeScript project in strict mode, with the packages of this folder."""
    folder = tmp_path / "types"
    shutil.copytree(HERE / "types", folder)
    (folder / "node_modules").symlink_to(HERE / "node_modules")
    return folder


def only(project: Path, check: str) -> None:
    """Leaves one of the modules that check types, whose types have been generated."""
    for file in project.glob("check-*.ts"):
        if file.stem != check:
            file.unlink()


def compiles(node: Node, project: Path) -> None:
    assert node("node_modules/typescript/bin/tsc", "--project", ".", folder=project) == ""


def test_graphql_code_generator_makes_types_without_any(node: Node, address: str, project: Path) -> None:
    only(project, "check-codegen")
    config = {
        "schema": address,
        "documents": "operations.graphql",
        "config": {"strictScalars": True, "scalars": SCALARS, "enumsAsTypes": True, "useTypeImports": True},
        "generates": {
            "codegen/": {"preset": "client", "presetConfig": {"fragmentMasking": False}},
            "codegen/schema.ts": {"plugins": ["typescript"]},
        },
    }
    (project / "codegen.json").write_text(json.dumps(config))
    node("node_modules/@graphql-codegen/cli/esm/bin.js", "--config", "codegen.json", folder=project)
    compiles(node, project)


def test_gql_tada_infers_types_without_any(node: Node, address: str, project: Path) -> None:
    only(project, "check-tada")
    node("node_modules/gql.tada/bin/cli.js", "generate-schema", address, "--output", "schema.graphql", folder=project)
    node("node_modules/gql.tada/bin/cli.js", "generate-output", folder=project)
    compiles(node, project)


def test_genql_makes_types_without_any(node: Node, address: str, project: Path) -> None:
    only(project, "check-genql")
    scalars = [text for name, type_ in SCALARS.items() for text in ("-S", f"{name}:{type_}")]
    node("node_modules/@genql/cli/dist/cli.js", "--endpoint", address, "--output", "genql", *scalars, folder=project)
    compiles(node, project)


def test_the_check_of_types_finds_any(node: Node, address: str, project: Path) -> None:
    """Without scalars, which genql then takes for `any`."""
    only(project, "check-genql")
    node("node_modules/@genql/cli/dist/cli.js", "--endpoint", address, "--output", "genql", folder=project)
    with pytest.raises(AssertionError, match=r"check-genql.*Type 'false' is not assignable to type 'true'"):
        compiles(node, project)
