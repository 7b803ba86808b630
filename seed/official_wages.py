"""Compiles the official wages of seed/reference from files of BLS and DOL: `python -m seed.official_wages FOLDER`.

seed/reference/README.md documents the files. The industries of `oews_industry.csv` are joined by hand, and kept.
"""

import csv
import gzip
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import astuple
from functools import cache
from pathlib import Path

from seed.reference_data import REFERENCE, terms
from service.vocabulary.factors import Factor
from service.vocabulary.official_wages import ALL_INDUSTRIES, AMOUNTS, FIGURES, RoleOccupation
from service.vocabulary.taxonomy import Taxonomy
from service.vocabulary.terms import FactorValue, numbered_values
from service.vocabulary.titles import TitleReader

WAGES = "us_bls_oews_may2025_tech_occupations.csv.gz"
FILINGS = "us_dol_lca_fy2024q1_certified_fulltime.csv.gz"
MIN_FILINGS, MIN_SHARE = 5, 0.5
"""The minimum filings of a role, and the minimum share of them that carry its occupation code."""
NOT_RELEASED = "-"
FORMER_CODES = {
    "15-1111": "15-1221",
    "15-1121": "15-1211",
    "15-1122": "15-1212",
    "15-1131": "15-1251",
    "15-1132": "15-1252",
    "15-1133": "15-1252",
    "15-1141": "15-1242",
    "15-1143": "15-1241",
    "15-1199.01": "15-1253",
}
"""Occupation codes of 2010, which some filings still use, and the codes of 2018 that replaced them."""
TERRITORIES = {"Virgin Islands": "U.S. Virgin Islands"}

Row = Mapping[str, str]


def occupation_code(text: str) -> str:
    """The occupation code of 2018 that a filing's code means, without O*NET suffix.

    >>> occupation_code("15-2051.01"), occupation_code(" 15-1132"), occupation_code("15-1199.01")
    ('15-2051', '15-1252', '15-1253')
    """
    code = text.strip()
    return FORMER_CODES.get(code) or FORMER_CODES.get(code[:7]) or code[:7]


# Figures


def compile_wages(rows: list[Row], taxonomy: Taxonomy) -> None:
    """Write the figures as published, and the names of occupations, areas and industries with the values joined to them."""
    industries = {row["code"]: row["industry"] for row in _rows(REFERENCE / "oews_industry.csv")}
    _write("oews_wage", ("occupation", "area", "industry", *FIGURES), map(_figures, rows))
    _write("oews_occupation", ("code", "title"), {(row["soc_code"], row["soc_title"]) for row in rows})
    _write("oews_area", ("code", "title", "place"), {_area(row, taxonomy) for row in rows})
    joined = ((row["industry_code"], row["industry_name"], industries.get(row["industry_code"], "")) for row in rows)
    _write("oews_industry", ("code", "title", "industry"), set(joined))


def _figures(row: Row) -> tuple[str, ...]:
    industry = "" if row["industry_code"] == ALL_INDUSTRIES else row["industry_code"]
    figures = (row["employment"], *(row[f"annual_{amount}"] for amount in AMOUNTS))
    released = ("" if figure == NOT_RELEASED else figure for figure in figures)
    return row["soc_code"], row["area_code"], industry, *released


def _area(row: Row, taxonomy: Taxonomy) -> tuple[str, str, str]:
    place = _place(row, taxonomy)
    return row["area_code"], row["area_name"], f"{place.factor}:{place.code}" if place else ""


def _place(row: Row, taxonomy: Taxonomy) -> FactorValue | None:
    """The country, the state or territory by its name, or the metro area by its CBSA code after two zeros."""
    match row["area_type"]:
        case "national":
            return taxonomy.find(Factor.COUNTRY, "us")
        case "state":
            name = TERRITORIES.get(row["area_name"], row["area_name"])
            return taxonomy.resolve(Factor.SUBDIVISION, name) or taxonomy.resolve(Factor.COUNTRY, name)
        case _:
            return taxonomy.resolve(Factor.METRO, row["area_code"][2:]) if row["area_code"].startswith("00") else None


# Occupations of roles


def occupations_of_roles(filings: Iterable[Row], taxonomy: Taxonomy) -> list[RoleOccupation]:
    """The occupation code that most filings of each role carry, if enough do, with their share and the number of filings.

    The filings of a role are those whose titles name it or a role below it. A role without one most frequent code has none.
    """
    codes = _codes_by_role(filings, taxonomy)
    counts = {
        role.code: sum((codes[number] for number in taxonomy.within(role)), Counter[str]())
        for role in taxonomy.values(Factor.ROLE)
    }
    return [found for role, count in counts.items() if (found := _occupation(role, count))]


def _occupation(role: str, counts: Counter[str]) -> RoleOccupation | None:
    filings = counts.total()
    if filings < MIN_FILINGS:
        return None
    (code, most), *others = counts.most_common(2)
    ties = any(count == most for _, count in others)
    return None if ties or most < MIN_SHARE * filings else RoleOccupation(role, code, round(most / filings, 3), filings)


def _codes_by_role(filings: Iterable[Row], taxonomy: Taxonomy) -> Mapping[int, Counter[str]]:
    read = cache(TitleReader(taxonomy).read)  # most titles are frequent
    codes: dict[int, Counter[str]] = defaultdict(Counter)
    for filing in filings:
        role = read(filing["JOB_TITLE"]).role
        if role:
            codes[role.id][occupation_code(filing["SOC_CODE"])] += 1
    return codes


# Files


def _rows(path: Path) -> list[Row]:
    content = path.read_bytes()
    text = (gzip.decompress(content) if path.suffix == ".gz" else content).decode()
    return list(csv.DictReader(text.splitlines()))


def _write(name: str, header: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> None:
    with (REFERENCE / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *sorted(rows, key=str)])


def main(folder: Path) -> None:
    taxonomy = Taxonomy(numbered_values(terms()))
    compile_wages(_rows(folder / WAGES), taxonomy)
    roles = occupations_of_roles(_rows(folder / FILINGS), taxonomy)
    _write("role_soc", ("role", "soc", "share", "filings"), map(astuple, roles))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
