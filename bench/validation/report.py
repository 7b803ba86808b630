"""The validation report, docs/validation.md: real files, imported into a database and compared with PayRank's responses."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.markdown import table
from bench.validation import advertisements, claims, cost_of_living, filings, official_wages, postings
from bench.validation.advertisements import Advertisements, compare_advertisements
from bench.validation.claims import ClaimResult, ask_claims
from bench.validation.client import client_of
from bench.validation.cost_of_living import CostOfLiving, compare_cost_of_living
from bench.validation.files import AIJOBS, NAMES, Files
from bench.validation.filings import Filings, compare_filings
from bench.validation.imports import import_extracts
from bench.validation.official_wages import OfficialWages, compare_official_wages
from bench.validation.postings import Postings, compare_postings
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.importer.report import ImportReport
from service.store.bulk import bulk_connection
from service.store.reference import load_reference

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"
TEMPLATE = Path(__file__).parent / "page.md"


@dataclass(frozen=True)
class Validation:
    """All comparisons, and the reports of the imports by data set.

    `records` are those of the edition compared, `paired_records` those after the usual import.
    """

    imports: Mapping[str, ImportReport]
    official_wages: OfficialWages
    postings: Postings
    claims: Sequence[ClaimResult]
    filings: Filings
    advertisements: Advertisements
    cost_of_living: CostOfLiving
    records: int
    paired_records: int


def validate(files: Files, url: str) -> Validation:
    """Compare everything; the database must have the reference data and no records."""
    imports = import_extracts(url, files)
    cost_of_living.import_metros(url, files)
    with bulk_connection(url) as connection:
        reference = load_reference(connection)
    rows = advertisements.rows_of(files, reference)
    with client_of(url) as client:
        paired_records = client.records()
        wages = compare_official_wages(client, reference.taxonomy)
        compared_postings = compare_postings(client, reference.taxonomy)
        results = ask_claims(client)
        paired = {role: advertisements.in_united_states(role, client) for role in advertisements.chosen_roles(rows)}
    import_file(url, builtin_mapping("aijobs"), files.path(AIJOBS), pair_ranges=False, keep_doubtful=True)
    with client_of(url) as client:
        return Validation(
            imports,
            wages,
            compared_postings,
            results,
            compare_filings(files, client, reference),
            compare_advertisements(files, client, rows, reference, paired),
            compare_cost_of_living(files, client, reference),
            client.records(),
            paired_records,
        )


def render(found: Validation, files: Files) -> str:
    """The page; the same for the same files, byte for byte."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        **filings.fields(found.filings),
        **official_wages.fields(found.official_wages),
        **postings.fields(found.postings),
        **claims.fields(found.claims),
        **advertisements.fields(found.advertisements),
        **cost_of_living.fields(found.cost_of_living),
        files=table(("file", "SHA-256 begins"), ((f"`{name}`", f"`{files.hash(name)}`") for name in NAMES)),
        records=f"{found.records:,}",
        paired=f"{found.paired_records:,}",
    )
