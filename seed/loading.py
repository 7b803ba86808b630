"""Loading the reference data into a database."""

from seed.reference_data import digest, fx_rates, price_levels, sources, terms
from service.store.bulk import bulk_connection
from service.store.health import REFERENCE_COMMENT_PREFIX
from service.store.reference import add_reference

_OWNS_TABLE = "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = 'factor_value'::regclass"


def load_reference_data(url: str) -> None:
    """Update the reference data of a database to that of the files, and store their digest if the role may do so."""
    with bulk_connection(url) as rows:
        add_reference(rows, terms(), sources(), fx_rates(), price_levels())
        if rows.scalar(_OWNS_TABLE):
            rows.execute(f"COMMENT ON CONSTRAINT pk_factor_value ON factor_value IS '{REFERENCE_COMMENT_PREFIX}{digest()}'")
            rows.commit()
