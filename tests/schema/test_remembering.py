"""What is remembered of clients' texts has a bound, however long they are and however many come."""

import hashlib

import pytest
from graphql import GraphQLError

from schema.limits.document import REMEMBERED, REMEMBERED_LETTERS
from schema.schema import build_schema
from schema.transport.persisted import MOST, MOST_LETTERS, Persisted

LONG = 90_000


def padded(n: int, letters: int) -> str:
    return f"{{ a{n}: __typename }}".ljust(letters)


def told(text: str) -> dict[str, object]:
    return {"version": 1, "sha256Hash": hashlib.sha256(text.encode()).hexdigest()}


@pytest.mark.parametrize(("letters", "most"), [(30, REMEMBERED), (LONG, REMEMBERED_LETTERS // LONG)])
def test_the_documents_last_asked_with_are_remembered(letters: int, most: int) -> None:
    documents = build_schema().documents
    first = [documents.get(padded(n, letters)) for n in range(most)]
    assert all(documents.get(padded(n, letters)) is first[n] for n in range(most))
    documents.get(padded(most, letters))
    assert documents.get(padded(most - 1, letters)) is first[-1]
    assert documents.get(padded(0, letters)) is not first[0]


@pytest.mark.parametrize(("letters", "most"), [(30, MOST), (LONG, MOST_LETTERS // LONG)])
def test_the_texts_last_named_are_remembered(letters: int, most: int) -> None:
    persisted = Persisted()
    for n in [*range(most), most - 1, most]:  # one that comes twice takes no more
        persisted.text(padded(n, letters), told(padded(n, letters)))
    assert persisted.text(None, told(padded(1, letters))) == padded(1, letters)
    with pytest.raises(GraphQLError, match="PersistedQueryNotFound"):
        persisted.text(None, told(padded(0, letters)))
