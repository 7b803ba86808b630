"""The schema itself, and its SDL as committed in schema.graphql."""

from pathlib import Path
from typing import Any

import strawberry
from graphql import GraphQLError
from strawberry.extensions import MaxTokensLimiter, ParserCache, ValidationCache
from strawberry.schema.config import StrawberryConfig

from schema.mutation import Mutation
from schema.query import Query
from schema.record import SalaryRecord
from schema.scalars import SCALARS
from schema.subscription import Subscription

SDL = Path(__file__).with_name("schema.graphql")
MOST_TOKENS = 1_000


class Contract(strawberry.Schema):
    """Strawberry's schema, which leaves labelling and logging of errors to `schema.failure`."""

    def process_errors(self, errors: list[GraphQLError], execution_context: Any = None) -> None:
        pass


def contract() -> Contract:
    """Built anew for each application, since extensions keep caches."""
    return Contract(
        query=Query,
        mutation=Mutation,
        subscription=Subscription,
        types=[SalaryRecord],
        config=StrawberryConfig(scalar_map=SCALARS),
        extensions=[
            lambda: MaxTokensLimiter(max_token_count=MOST_TOKENS),
            lambda: ParserCache(maxsize=500),
            lambda: ValidationCache(maxsize=500),
        ],
    )


def sdl() -> str:
    """The text of schema.graphql."""
    return contract().as_str() + "\n"
