"""Everything that is measured, in one run: the files are imported into a database, and PayRank is asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bench.validation import advertisements, currencies, filing, living, occupations, prices, titles
from bench.validation.advertisements import QUESTIONS, Exactness, Row
from bench.validation.agreement import Agreement
from bench.validation.asking import Client, asking
from bench.validation.currencies import Country, FileRate
from bench.validation.figures import Figures
from bench.validation.files import AIJOBS, FILINGS, PRICES, Files
from bench.validation.filing import Filing
from bench.validation.living import Effect
from bench.validation.occupations import Occupation
from bench.validation.prices import Gap, Loaded
from bench.validation.titles import Compared
from seed.importer.importing import import_file
from seed.importer.mapping_file import builtin_mapping
from service.store.bulk import bulk
from service.store.reference import Reference, load_reference

FILED, ESTIMATED = "2023-11-01", "2025-05-01"


@dataclass(frozen=True)
class Filings:
    """Labor condition applications against OEWS; `inflation` is what consumer prices rose by between the two."""

    count: int
    exactness: Agreement
    compared: Sequence[Occupation]
    others: Sequence[str]
    inflation: float


@dataclass(frozen=True)
class Advertisements:
    """The ai-jobs file row by row against itself, and what the importer makes of its pairs of rows."""

    rows: Sequence[Row]
    exactness: Sequence[Exactness]
    titles: Sequence[Compared]
    rates: Sequence[FileRate]
    equal_rates: tuple[int, int]
    countries: Sequence[Country]
    paired: Mapping[str, Figures]
    """By role what PayRank tells after a usual import, of the roles of `titles`."""


@dataclass(frozen=True)
class Prices:
    """Cost of living against the files it comes from, and what it does to medians; `metro_share` of those who work in
    computer and mathematical occupations do so in metro areas."""

    loaded: Sequence[Loaded]
    metropolitan: Gap
    metro_share: float
    revision: Gap
    effects: Sequence[Effect]


@dataclass(frozen=True)
class Measured:
    """All of it; `records` are those of the edition that was asked, `paired_records` those after the usual import."""

    filings: Filings
    advertisements: Advertisements
    prices: Prices
    records: int
    paired_records: int


def measure(files: Files, url: str) -> Measured:
    """Needs a database with reference data and no records."""
    import_file(url, builtin_mapping("lca"), files.path(FILINGS))
    living.import_metros(url, files)
    import_file(url, builtin_mapping("aijobs"), files.path(AIJOBS))
    with bulk(url) as found:
        reference = load_reference(found)
    rows = advertisements.rows_of(files, reference.taxonomy)
    with asking(url) as client:
        paired_records = client.records()
        paired = {role: titles.in_united_states(role, client) for role in titles.chosen(rows)}
    import_file(url, builtin_mapping("aijobs"), files.path(AIJOBS), pair_ranges=False)
    with asking(url) as client:
        filings = _filings(files, client, filing.filings(files, reference.taxonomy))
        own = _advertisements(files, client, rows, reference, paired)
        return Measured(filings, own, _prices(files, client, reference), client.records(), paired_records)


def _advertisements(
    files: Files, client: Client, rows: Sequence[Row], reference: Reference, paired: Mapping[str, Figures]
) -> Advertisements:
    rates = currencies.file_rates(rows, files)
    return Advertisements(
        rows,
        [advertisements.exactness(one, rows, client, reference.taxonomy) for one in QUESTIONS],
        titles.by_role(rows, client),
        rates,
        currencies.equal_to_ecb(reference.rates, rates),
        currencies.countries(rows, client),
        paired,
    )


def _filings(files: Files, client: Client, every: Sequence[Filing]) -> Filings:
    index = {row["Date"]: float(row["Index"]) for row in files.rows(PRICES)}
    compared, others = occupations.occupations(files, client, every)
    inflation = index[ESTIMATED] / index[FILED] - 1
    return Filings(len(every), filing.exactness(client, every), compared, others, inflation)


def _prices(files: Files, client: Client, reference: Reference) -> Prices:
    return Prices(
        prices.loaded(reference, files),
        prices.metropolitan(reference, files),
        living.metro_share(files),
        prices.revision(reference, files),
        living.effects(client, files, reference.taxonomy),
    )
