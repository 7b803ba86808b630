"""Mappings proposed for the examples and for real files load, and import most rows."""

from pathlib import Path

import pytest

from seed.importer.importing import import_file
from seed.importer.mapping import load_mapping
from seed.importer.suggestion import suggest_mapping

EXAMPLES = Path(__file__).parent / "examples"


def test_proposals_for_the_examples_are_accepted_and_have_the_columns_of_their_mappings(
    database_url: str, tmp_path: Path
) -> None:
    missing, refused = {}, {}
    for mapping in sorted(EXAMPLES.glob("*.toml")):
        [file] = (path for path in EXAMPLES.glob(f"{mapping.stem}.*") if path.suffix != ".toml")
        proposal = tmp_path / mapping.name
        proposal.write_text(suggest_mapping(str(file)).text, encoding="utf-8")
        proposed = load_mapping(proposal)
        missing[mapping.stem] = {*load_mapping(mapping).named_columns()} - {*proposed.named_columns()}
        report = import_file(database_url, proposed, str(file), dry_run=True, refused_dir=tmp_path)
        refused[mapping.stem] = (report.read, report.filtered, report.refused)
    assert missing == {
        "de_umfrage": set(),
        "form_survey": set(),
        "hr_export": {"Grade"},  # a map file with the grades of each employer
        "in_salaries": set(),
        "ja_survey": {"雇用形態"},  # no text of it is known
    }
    assert refused == {
        "de_umfrage": (7, 0, 2),
        "form_survey": (10, 0, 5),
        "hr_export": (8, 1, 1),
        "in_salaries": (8, 0, 3),
        "ja_survey": (6, 0, 2),
    }


REAL = {
    "aijobs_salaries_2022-12-25": 0.01,
    "stackoverflow_2017_compensation_extract": 0.1,
    "more/co_colombiadev_income_survey_2016": 0.05,
    "more/co_colombiadev_income_survey_2020": 0.1,
    "more/co_colombiadev_income_survey_2021": 0.1,
    "more/data_jobs_postings_with_pay_2023": 0.35,
    "more/dataprofessionals_salary_survey_2017_2025": 0.01,
    "more/fi_koodiklinikka_pay_survey_2021": 0.1,
    "more/fi_koodiklinikka_pay_survey_2022": 0.15,
    "more/fi_koodiklinikka_pay_survey_2023": 0.15,
    "more/fi_koodiklinikka_pay_survey_2024": 0.15,
    "more/fi_koodiklinikka_pay_survey_2025": 0.05,
    "more/stackoverflow_2025_first1000_full_factors": 0.02,
    "more/us_nyc_city_jobs_tech_2015_2019": 0.01,
}
"""Files of the folder of real data, and the largest share of refused rows: amounts that no mapping can read, or no pay."""


@pytest.mark.real_data
@pytest.mark.slow
@pytest.mark.parametrize("name", REAL)
def test_proposals_for_real_files_are_accepted(database_url: str, data_files: Path, tmp_path: Path, name: str) -> None:
    file = data_files / f"{name}.csv.gz"
    (tmp_path / "m.toml").write_text(suggest_mapping(str(file)).text, encoding="utf-8")
    mapping = load_mapping(tmp_path / "m.toml")
    report = import_file(database_url, mapping, str(file), dry_run=True, keep_doubtful=True, refused_dir=tmp_path)
    assert report.refused <= REAL[name] * report.read
