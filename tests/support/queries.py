"""GraphQL documents of tests, which can be pasted into GraphiQL, and names as in the API."""

from pathlib import Path

QUERIES = Path(__file__).parents[1] / "schema" / "queries"


def query(name: str) -> str:
    """The text of a document in tests/schema/queries, by its name without the suffix."""
    return (QUERIES / f"{name}.graphql").read_text()


def camel_case(name: str) -> str:
    """The name that the API gives a field.

    >>> camel_case("field_of_study")
    'fieldOfStudy'
    """
    head, *tail = name.split("_")
    return head + "".join(part.title() for part in tail)
