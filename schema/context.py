"""What resolvers get: the index of one edition for the whole request, and a handle to the database."""

from dataclasses import dataclass

import strawberry

from service.market.disclosure import Rules
from service.rank.index import Index
from service.store.database import Database


@dataclass(frozen=True, slots=True)
class Context:
    """`index` is taken once for a request, so that every answer of it is of one edition."""

    index: Index
    database: Database
    rules: Rules


Info = strawberry.Info[Context, None]
