"""docs/getting-started.md is correct: its programs and queries run as they are written, its table is that of the tests."""

import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from textwrap import dedent
from typing import Any
from urllib.request import Request, urlopen

import pytest
from graphql import GraphQLInterfaceType, build_schema
from support.databases import clone
from support.outside_tools import ALL, CLIENTS, HERE, PYTHON_CLIENT, ROOT, WITHOUT_CACHE, Node
from support.records import publish
from support.uvicorn_server import listener, served

from schema.schema import SDL
from service.app import create_app
from service.settings import load_settings

pytestmark = pytest.mark.slow
PAGE = (ROOT / "docs" / "getting-started.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
ENGINEER = {"role": "machine-learning-engineer"}
US = [{**ENGINEER, "country": "us", "level": "senior", "base_salary": 150_000 + 1_000 * n} for n in range(13)]
BERLIN = [{**ENGINEER, "country": "de", "metro": "berlin", "base_salary": 90_000 + n} for n in range(3)]
TWO_PAGES = "10 records in two pages\nedition 1\n"


@pytest.fixture(scope="module")
def service(server_url: str, empty_template: str) -> Iterator[str]:
    with clone(server_url, empty_template) as url, listener() as listening:
        publish(url, US + BERLIN)
        with served(create_app(load_settings(proof_cost=0), url), listening):
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"


def blocks(language: str, service: str = "") -> list[str]:
    return [text.replace("http://127.0.0.1:8000", service) for kind, text in BLOCKS if kind == language]


@pytest.fixture
def project(service: str, tmp_path: Path) -> Path:
    """A folder with the JavaScript of the page in the files that its first lines name."""
    (tmp_path / "node_modules").symlink_to(HERE / "node_modules")
    (tmp_path / "package.json").write_text('{"type": "module"}')
    for text in blocks("js", service):
        name = re.findall(r"\A// (\w+\.js)\n", text)[0]
        (tmp_path / name).write_text(text)
    return tmp_path


def test_curl(service: str) -> None:
    if shutil.which("curl") is None:
        pytest.skip("curl is not here")
    cohort, role = (
        json.loads(subprocess.run(["sh", "-c", text], capture_output=True, check=True, timeout=60).stdout)["data"]
        for text in blocks("sh", service)
    )
    assert cohort["cohort"]["size"] == 13
    assert [cohort["cohort"]["stats"][name] for name in ("p25", "p50", "p75")] == [153_000, 156_000, 159_000]
    assert cohort["cohort"]["unavailable"] is None
    [found] = role["factorValues"]["nodes"]
    assert found == {"code": "machine-learning-engineer", "label": "Machine Learning Engineer"}


def test_python(service: str) -> None:
    [program] = blocks("python", service)
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=120)
    assert (ran.returncode, ran.stdout) == (0, "16 records\nedition 1\n"), ran.stderr


@pytest.mark.parametrize(("program", "printed"), [("fetch", "13 156000\n"), ("apollo", TWO_PAGES), ("urql", TWO_PAGES)])
def test_javascript(node: Node, project: Path, program: str, printed: str) -> None:
    assert node(str(project / f"{program}.js"), folder=project) == printed


def test_relay(node: Node, service: str, project: Path) -> None:
    """The compiled operations of the page in its environment, sent as React's hooks send them."""
    compiled = project / "compiled"
    (compiled / "src").mkdir(parents=True)
    (project / "records.js").rename(compiled / "src" / "records.js")
    with urlopen(f"{service}/schema.graphql", timeout=60) as response:
        (compiled / "schema.graphql").write_bytes(response.read())
    (compiled / "package.json").write_text('{"type": "commonjs"}')
    config = {"src": "./src", "schema": "./schema.graphql", "language": "javascript", "eagerEsModules": False}
    (compiled / "relay.config.json").write_text(json.dumps(config))
    node("node_modules/relay-compiler/cli.js", folder=compiled)
    program = dedent("""
        import { createRequire } from "node:module";
        import relay from "relay-runtime";
        import { environment, sockets } from "./environment.js";

        const load = createRequire(import.meta.url);
        const compiled = (name) => load(`./compiled/src/__generated__/${name}.graphql.js`);
        const variables = { where: { role: ["machine-learning-engineer"], country: ["us"] } };
        const operation = relay.createOperationDescriptor(compiled("recordsQuery"), variables);
        environment.retain(operation);
        const list = () => {
          const { data } = environment.lookup(operation.fragment);
          return environment.lookup(relay.getSingularSelector(compiled("records_list"), data)).data.salaryRecords;
        };
        await relay.fetchQuery(environment, compiled("recordsQuery"), variables).toPromise();
        const next = { ...variables, first: 5, after: list().pageInfo.endCursor };
        await relay.fetchQuery(environment, compiled("recordsPageQuery"), next).toPromise();
        console.log(list().edges.length, "records in two pages");
        const following = relay.requestSubscription(environment, {
          subscription: compiled("recordsEditionsSubscription"),
          variables: {},
          onNext({ editionPublished }) {
            console.log("edition", editionPublished.number);
            queueMicrotask(() => following.dispose());
            sockets.dispose();
          },
        });
    """)
    (project / "run.js").write_text(program)
    assert node(str(project / "run.js"), folder=project) == TWO_PAGES


def test_answers_with_errors(service: str) -> None:
    answers = [json.loads(text) for text in blocks("json")]
    assert len(answers) == 4
    assert [_answer(service, query) for query in blocks("graphql")] == answers


def _answer(service: str, query: str) -> Any:
    """The response to a query without the cost and the places in its text."""
    request = Request(f"{service}/graphql", json.dumps({"query": query}).encode(), {"Content-Type": "application/json"})
    with urlopen(request, timeout=60) as response:
        found = json.load(response)
    found.pop("extensions", None)
    for error in found.get("errors", ()):
        error.pop("locations")
    return found


def test_the_table_of_clients_is_that_of_the_tests() -> None:
    rows = re.findall(r"^\| ([^|]+?) \| ((?:\S* ?\| ?)+)$", PAGE.split("<!-- clients -->")[1].split("\n\n")[0], re.MULTILINE)
    cells = {name: [cell.strip() for cell in rest.rstrip("| ").split("|")] for name, rest in rows[2:]}
    can = {name: parts for name, (_, parts) in CLIENTS.items()} | {f"{PYTHON_CLIENT} (Python)": WITHOUT_CACHE}
    assert rows[0][1].rstrip("| ").split(" | ") == list(ALL)
    assert cells == {name: ["yes" for part in ALL if part in parts] for name, parts in can.items()}


def test_types_with_ids_are_those_of_the_schema() -> None:
    schema = build_schema(SDL.read_text())
    node = schema.type_map["Node"]
    assert isinstance(node, GraphQLInterfaceType)
    types = sorted(type_.name for type_ in schema.get_implementations(node).objects)
    [in_apollo] = re.findall(r"possibleTypes: \{ Node: (\[.*?\]) \}", PAGE)
    assert json.loads(in_apollo) == types
    [named] = re.findall(r"^- (.*?) have an `id`", PAGE, re.MULTILINE)
    assert re.findall(r"`(\w+)`", named) == types
