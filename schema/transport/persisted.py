"""Persisted queries, by Apollo's protocol: a client sends the hash of a query, and its text only where that is not known."""

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

from graphql import GraphQLError

from schema.transport.request import Refusal

MOST, MOST_LETTERS = 2_000, 10_000_000


class Persisted:
    """The texts that came with their hash, the last ones of this process; any client can name them from then on."""

    def __init__(self) -> None:
        self._texts: OrderedDict[str, str] = OrderedDict()
        self._letters = 0

    def text(self, query: str | None, told: object) -> str:
        """The query that a request asks, by its text, its hash or both.

        Raises GraphQLError for a hash that is not known, and Refusal where hash and text are of two queries.
        """
        digest = _hash(told)
        if query:
            return self._registered(query, digest) if digest else query
        if digest is None:
            raise Refusal(400, "`extensions.persistedQuery` has the version 1 and a sha256Hash of 64 hexadecimal digits.")
        if digest not in self._texts:
            raise GraphQLError("PersistedQueryNotFound", extensions={"code": "PERSISTED_QUERY_NOT_FOUND"})
        self._texts.move_to_end(digest)
        return self._texts[digest]

    def _registered(self, query: str, digest: str) -> str:
        if hashlib.sha256(query.encode()).hexdigest() != digest:
            raise Refusal(400, "The sha256Hash of `extensions.persistedQuery` is not that of the query.")
        self._letters += 0 if digest in self._texts else len(query)
        self._texts[digest] = query
        self._texts.move_to_end(digest)
        while len(self._texts) > MOST or self._letters > MOST_LETTERS:
            self._letters -= len(self._texts.popitem(last=False)[1])
        return query


def _hash(told: object) -> str | None:
    """
    >>> _hash({"version": 1, "sha256Hash": "AB" * 32}) == "ab" * 32, _hash({"version": 2}), _hash(None)
    (True, None, None)
    """
    if not isinstance(told, Mapping) or told.get("version") != 1:
        return None
    digest: Any = told.get("sha256Hash")
    right = isinstance(digest, str) and len(digest) == 64 and all(letter in "0123456789abcdefABCDEF" for letter in digest)
    return digest.lower() if right else None
