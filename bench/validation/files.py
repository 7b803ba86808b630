"""The files that PayRank is compared with, read without interpretation: every cell is a string."""

import csv
import gzip
import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

AIJOBS = "aijobs_salaries_2025-08-03.csv.gz"
FILINGS = "us_dol_lca_fy2024q1_certified_fulltime.csv.gz"
OEWS = "us_bls_oews_may2025_tech_occupations.csv.gz"
METROS = "us_bea_MARPP_MSA_2008_2024.csv.gz"
STATES = "us_bea_SARPP_STATE_2008_2023.csv.gz"
STATES_2024 = "us_bea_rpp_state_2024.csv"
PORTIONS = "us_bea_PARPP_PORT_2008_2024.csv.gz"
COUNTRIES = "worldbank_price_level_ratio_PA.NUS.PPPC.RF_1960_2024.csv.gz"
COUNTRY_CODES = "geonames_countries.csv"
ECB = "ecb_fx_yearly_average_1999_2026.csv"
PRICES = "us_cpi_u_monthly_1913_2026.csv.gz"
EXTRACTS = {
    "aijobs": AIJOBS,
    "colombiadev-2016": "more/co_colombiadev_income_survey_2016.csv.gz",
    "colombiadev-2020": "more/co_colombiadev_income_survey_2020.csv.gz",
    "colombiadev-2021": "more/co_colombiadev_income_survey_2021.csv.gz",
    "data-jobs-2023": "more/data_jobs_postings_with_pay_2023.csv.gz",
    "dataprofessionals": "more/dataprofessionals_salary_survey_2017_2025.csv.gz",
    "koodiklinikka-2021": "more/fi_koodiklinikka_pay_survey_2021.csv.gz",
    "koodiklinikka-2022": "more/fi_koodiklinikka_pay_survey_2022.csv.gz",
    "koodiklinikka-2023": "more/fi_koodiklinikka_pay_survey_2023.csv.gz",
    "koodiklinikka-2024": "more/fi_koodiklinikka_pay_survey_2024.csv.gz",
    "koodiklinikka-2025": "more/fi_koodiklinikka_pay_survey_2025.csv.gz",
    "nyc-jobs": "more/us_nyc_city_jobs_tech_2015_2019.csv.gz",
    "lca": FILINGS,
    "stackoverflow-2017": "stackoverflow_2017_compensation_extract.csv.gz",
    "stackoverflow-2025": "more/stackoverflow_2025_first1000_full_factors.csv.gz",
}
"""The file or extract of each data set, in the order in which they are imported."""
OFFICIAL = (OEWS, ECB, METROS, STATES, STATES_2024, PORTIONS, COUNTRIES, COUNTRY_CODES, PRICES)
NAMES = (*EXTRACTS.values(), *OFFICIAL)


@dataclass(frozen=True)
class Files:
    """The folder of data sets."""

    folder: Path

    @property
    def missing(self) -> list[str]:
        return [name for name in NAMES if not (self.folder / name).is_file()]

    def path(self, name: str) -> str:
        return str(self.folder / name)

    def hash(self, name: str) -> str:
        """The first twelve digits of a file's SHA-256."""
        return hashlib.sha256((self.folder / name).read_bytes()).hexdigest()[:12]

    @cache  # noqa: B019 (one object per run)
    def rows(self, name: str, preamble: int = 0) -> list[dict[str, str]]:
        """Rows by column name. Rows that are shorter than the header, which are notes, are left out."""
        content = (self.folder / name).read_bytes()
        text = (gzip.decompress(content) if name.endswith(".gz") else content).decode("utf-8-sig")
        return list(_rows(text, preamble))


def _rows(text: str, preamble: int) -> Iterator[dict[str, str]]:
    lines = io.StringIO(text, newline="")
    for _ in range(preamble):
        next(lines)
    reader = csv.reader(lines, skipinitialspace=True)
    header = next(reader)
    for cells in reader:
        if len(cells) == len(header):
            yield dict(zip(header, cells, strict=True))
