"""What resolvers get: the index of one edition for the whole request, a handle to the database, and who asks."""

from dataclasses import dataclass, replace

import strawberry

from schema.limits.asker import Asker
from schema.types.limits import Limits
from service.index.index import Index
from service.index.refresh import Current
from service.intake.batching import Batches
from service.intake.contribution import Desk
from service.market.estimators import Estimators
from service.market.model_pool import Workshop
from service.sql_engine.connections import Clerks
from service.stats.suppression import Rules
from service.store.database import Database


@dataclass(eq=False)  # not frozen, which takes longer to make
class Context:
    """One for each operation, by HTTP or by socket; nothing of it changes."""

    current: Current
    rules: Rules
    limits: Limits
    desk: Desk
    asker: Asker
    workshop: Workshop
    estimators: Estimators
    clerks: Clerks | None = None
    """Who answers where answers wait for SQL."""
    own: Database | None = None
    _index: Index | None = None

    @property
    def database(self) -> Database:
        return self.own or self.current.database

    def handed_to(self, database: Database) -> "Context":
        """The same for a clerk, whose handle to the database is its own."""
        desk = replace(self.desk, database=database, batches=Batches(database))
        return replace(self, desk=desk, own=database, _index=self.index)

    @property
    def index(self) -> Index:
        """Taken once for a request, so that every answer of it is of one edition.

        What lies below a subscription never takes it, or the subscription would keep its first edition in memory.
        """
        if self._index is None:
            self._index = self.current.index
        return self._index


Info = strawberry.Info[Context, None]
