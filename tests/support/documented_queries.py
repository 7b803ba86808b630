"""The queries of the documents and of the page, as they are written there."""

import re
from pathlib import Path

from graphql import FragmentDefinitionNode, OperationDefinitionNode, parse, print_ast

ROOT = Path(__file__).parents[2]
_READ = (ROOT / "README.md").read_text()
README = [*re.findall(r"```graphql\n(.*?)```", _READ, re.DOTALL), *re.findall(r"`(\{ .*? \})`", _READ)]
EXAMPLES = re.findall(
    r"query: `(.*?)`", (ROOT / "web" / "src" / "pages" / "graphiql" / "examples.ts").read_text(), re.DOTALL
)


def _page() -> dict[str, str]:
    """The operations of the page by name, each with its fragments."""
    texts = [path.read_text() for path in sorted((ROOT / "web" / "src").rglob("*.ts*")) if "gql" not in path.parts]
    parts = [
        part for text in texts for found in re.findall(r"graphql\(`(.*?)`\)", text, re.DOTALL) for part in _parts(found)
    ]
    fragments = {part.name.value: print_ast(part) for part in parts if isinstance(part, FragmentDefinitionNode)}
    operations = {
        part.name.value: print_ast(part) for part in parts if isinstance(part, OperationDefinitionNode) and part.name
    }
    return {name: "\n".join([text, *_spread(text, fragments, set())]) for name, text in operations.items()}


def _parts(text: str) -> tuple[object, ...]:
    return parse(text).definitions


def _spread(text: str, fragments: dict[str, str], known: set[str]) -> list[str]:
    found: list[str] = []
    for name in re.findall(r"\.\.\.(\w+)", text):
        if name in fragments and name not in known:
            known.add(name)
            found += [fragments[name], *_spread(fragments[name], fragments, known)]
    return found


PAGE = _page()
