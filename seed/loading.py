"""Bringing reference data into a database, and telling whether it holds records."""

from seed.terms import fx_rates, price_levels, sources, terms
from service.store.bulk import bulk
from service.store.editions import current_edition
from service.store.reference import add_reference


def load_reference_data(url: str) -> None:
    """Bring the database's reference data to that of the files; quick when nothing differs."""
    with bulk(url) as rows:
        add_reference(rows, terms(), sources(), fx_rates(), price_levels())


def is_empty(url: str) -> bool:
    """Whether nothing has been published yet."""
    with bulk(url) as rows:
        return current_edition(rows) is None
