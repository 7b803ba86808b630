"""Publication of a year's protected tables, once, in the first release after the year has ended."""

from dataclasses import asdict
from datetime import UTC, datetime

from service.intake.protected_tables import TABLES, CountedContribution, Noise, counted_contribution, protected_cells
from service.limits import MINIMUM_RECORDS
from service.stats.discrete_laplace import discrete_laplace
from service.store import protected_tables as store
from service.store.bulk import BulkConnection
from service.store.protected_tables import CohortMedians, StoredContribution
from service.store.reference import Reference, load_reference
from service.vocabulary.contribution_class import classes_of, value_ids
from service.vocabulary.factors import Factor


def due_years(rows: BulkConnection, now: datetime) -> list[int]:
    """The years that have ended, in UTC, and whose tables are not published yet; ascending.

    They do not depend on contributions: tables of nobody are published too.
    """
    return store.years_without_tables(rows, now.astimezone(UTC).year)


def publish_tables(
    rows: BulkConnection,
    edition: int,
    year: int,
    minimum: int = MINIMUM_RECORDS,
    noise: Noise = discrete_laplace,
) -> int:
    """Add the tables of a year and their ledger to an edition; returns the number of published cells. Does not commit.

    Base salaries are compared with medians of at least `minimum` published records. Raises ValueError for a year whose
    tables exist: everybody could take the mean of two draws of noise.
    """
    if store.has_tables(rows, year):
        raise ValueError(f"The tables of {year} are published already. Their noise must not be drawn again.")
    reference = load_reference(rows)
    stored = [one for one in store.contributions_counted_in(rows, year) if _is_counted_at_its_finest(one, year, reference)]
    families = {role.id: reference.taxonomy.root(role.id) for role in reference.taxonomy.values(Factor.ROLE)}
    medians = store.base_medians(rows, families, year, minimum)
    cells = protected_cells([_counted(one, medians, reference) for one in stored], reference.taxonomy, noise)
    epsilons = {table.name: float(table.epsilon) for table in TABLES}
    store.add_tables(rows, edition, year, [asdict(cell) for cell in cells], epsilons)
    store.mark_tabulated(rows, year, [one.id for one in stored])
    return len(cells)


def _is_counted_at_its_finest(one: StoredContribution, year: int, reference: Reference) -> bool:
    """Whether a contribution was counted in the year for the finest of its classes."""
    classes = classes_of(value_ids(one.answers, reference.taxonomy), reference.taxonomy)
    return bool(classes) and one.counted.get(classes[0].kind.value) == year


def _counted(one: StoredContribution, medians: CohortMedians, reference: Reference) -> CountedContribution:
    """A contribution compared with its role and country or, where that has too few records, with its family and country."""
    taxonomy, answers = reference.taxonomy, one.answers
    role, country = (taxonomy.find(factor, answers.one[factor]).id for factor in (Factor.ROLE, Factor.COUNTRY))
    median = medians.get((role, country)) or medians.get((taxonomy.root(role), country))
    return counted_contribution(one.id, answers, median, taxonomy, reference.rates)
