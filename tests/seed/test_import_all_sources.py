"""All four real data sets and the sample in one database, distinguished by source type."""

from pathlib import Path

import pytest

from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from seed.sample import load_sample
from service.index.build import build_current_index
from service.market.cohort import Cohort
from service.market.grouping import GroupPage, group_by
from service.stats.percentiles import percentile
from service.vocabulary.conditions import AnyOf
from service.vocabulary.factors import Factor
from service.vocabulary.measures import Measure

FILES = {
    "aijobs": "aijobs_salaries_2025-08-03.csv.gz",
    "lca": "us_dol_lca_fy2024q1_certified_fulltime.csv.gz",
    "stackoverflow-2025": "stackoverflow_2025_compensation_extract.csv.gz",
    "stackoverflow-2017": "stackoverflow_2017_compensation_extract.csv.gz",
}


@pytest.mark.real_data
@pytest.mark.slow
def test_all_sources_in_one_database(database_url: str, data_files: Path, tmp_path: Path) -> None:
    for name, file in FILES.items():
        path = str(data_files / file)
        import_file(database_url, builtin_mapping(name), path, refused_dir=tmp_path, keep_doubtful=True)
    load_sample(database_url, 1_000, 1, lambda _: None)
    groups = group_by(Cohort(build_current_index(database_url)), Factor.SOURCE_KIND, None, GroupPage(50), None)
    assert {group.value.code: group.cohort.size for group in groups if group.value} == {
        "government-filing": 96_545,
        "posted-range": 75_182,
        "survey": 1_081 + 21_942 + 5_003,
        "sample": 1_000,
    }


@pytest.mark.real_data
@pytest.mark.slow
def test_ai_jobs_row_by_row(database_url: str, data_files: Path, tmp_path: Path) -> None:
    """Each row is a record; percentiles within 0.1%, since three rows are in other currencies."""
    file = str(data_files / FILES["aijobs"])
    import_file(database_url, builtin_mapping("aijobs"), file, pair_ranges=False, refused_dir=tmp_path)
    index = build_current_index(database_url)
    taxonomy = index.reference.taxonomy
    role = AnyOf(Factor.ROLE, frozenset({taxonomy.find(Factor.ROLE, "machine-learning-engineer").id}))
    country = AnyOf(Factor.COUNTRY, frozenset({taxonomy.find(Factor.COUNTRY, "us").id}))
    assert (Cohort(index).size, Cohort(index, (role,)).size) == (151_445, 8_910)
    values = Cohort(index, (role, country)).ranked(Measure.BASE_SALARY)
    assert len(values) == 8_118
    expected = {0.1: 125_000, 0.25: 149_850, 0.5: 193_750, 0.75: 249_000, 0.9: 300_200}
    assert {p: percentile(values, p) for p in expected} == pytest.approx(expected, rel=0.001)
