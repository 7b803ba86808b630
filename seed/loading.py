"""Bringing reference data into a database."""

from seed.digest import digest
from seed.terms import fx_rates, price_levels, sources, terms
from service.store.bulk import bulk
from service.store.reference import add_reference
from service.store.state import NOTE

_MAY_NOTE = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'factor_value'::regclass"


def load_reference_data(url: str) -> None:
    """Bring the database's reference data to that of the files, and note which that is."""
    with bulk(url) as rows:
        add_reference(rows, terms(), sources(), fx_rates(), price_levels())
        if rows.one(_MAY_NOTE):
            rows.execute(f"COMMENT ON CONSTRAINT pk_factor_value ON factor_value IS '{NOTE}{digest()}'")
            rows.commit()
