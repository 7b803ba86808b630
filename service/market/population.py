"""The data sets and years that some records come from, and whether those of two samples can be compared."""

from collections.abc import Mapping

from service.index.selection import Selection
from service.stats.suppression import Caution, Population, SourceCounts, differ_in_sources, different_sources
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy


def source_counts(records: Selection, taxonomy: Taxonomy) -> SourceCounts:
    return records.counts(value.id for value in taxonomy.values(Factor.SOURCE))


def population(records: Selection, taxonomy: Taxonomy) -> Population:
    """What some records, at least one, come from."""
    years = records.counts(value.id for value in taxonomy.values(Factor.YEAR))
    found = sorted(int(taxonomy[year].code) for year in years)
    sources: dict[str, int] = {}
    for number, count in source_counts(records, taxonomy).items():
        label = taxonomy[number].label
        sources[label] = sources.get(label, 0) + count
    return Population(sources, (found[0], found[-1]))


def source_cautions(finding: str, samples: Mapping[str, Selection], taxonomy: Taxonomy) -> list[Caution]:
    """The caution, with this finding, if two samples, by what they are called, come mostly from different data sets."""
    first, second = (source_counts(records, taxonomy) for records in samples.values())
    if not (first and second and differ_in_sources(first, second)):
        return []
    return [different_sources(finding, {name: population(records, taxonomy) for name, records in samples.items()})]
