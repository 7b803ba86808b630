"""What dividing by the cost of living does to medians of places: states by the applications, metro areas by OEWS."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.validation.asking import Client, Split, Where
from bench.validation.correlation import Correlation, correlation
from bench.validation.files import OEWS, Files
from bench.validation.filing import STATE_RECORDS
from bench.validation.occupations import TOO_WIDE
from bench.validation.prices import Levels, metro_levels, state_levels
from seed.importer.importing import import_file
from seed.importer.mapping_file import load_mapping
from service.vocabulary.taxonomy import Taxonomy

_MAPPING = """
effective = "2025-05"

[dataset]
code = "oews"
label = "OEWS: medians of occupations in metro areas"
kind = "survey"
licence = "US government work, public domain"

[pay]
base = "annual_p50"
currency = "USD"

[[factor]]
factor = "metro"
column = "area_name"
"""


@dataclass(frozen=True, slots=True)
class Effect:
    """Medians of places before and after: their rank correlation with the price level, and P90 of them in P10.

    `off` is how far, at most, an adjusted median lies from the plain one divided by the level of the file, in US dollars.
    """

    label: str
    plain: Correlation
    adjusted: Correlation
    spread: float
    adjusted_spread: float
    off: float


def import_metros(url: str, files: Files) -> None:
    """OEWS as a data set: one record for the median of an occupation in a metro area that has one."""
    rows = [row for row in files.rows(OEWS) if row["area_type"] == "metro_or_nonmetro" and _is_metro(row)]
    told = [row for row in rows if row["soc_code"] not in TOO_WIDE and row["annual_p50"] != "-"]
    names = ("soc_code", "area_name", "annual_p50")
    with TemporaryDirectory(prefix="payrank-validation-") as folder:
        mapping, path = Path(folder) / "oews.toml", Path(folder) / "oews.csv"
        mapping.write_text(_MAPPING, encoding="utf-8")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(told)
        import_file(url, load_mapping(mapping), str(path))


def _is_metro(row: Mapping[str, str]) -> bool:
    """The number of a metro area's delineation with two zeros before it; other areas have numbers of their own."""
    return row["area_code"].startswith("00")


def metro_share(files: Files) -> float:
    """Of the employed in computer and mathematical occupations of all local areas that tell their number."""
    local = [row for row in files.rows(OEWS) if row["area_type"] == "metro_or_nonmetro" and row["soc_code"] == "15-0000"]
    told = [row for row in local if row["employment"] != "-"]
    return sum(int(row["employment"]) for row in told if _is_metro(row)) / sum(int(row["employment"]) for row in told)


def effects(client: Client, files: Files, taxonomy: Taxonomy) -> list[Effect]:
    engineers: Where = {"source": ["lca"], "role": ["software-engineering"]}
    states, metros = state_levels(files), metro_levels(files, taxonomy)
    return [
        _effect("states", client, engineers, ("SUBDIVISION", "us"), _year(states, "2023"), STATE_RECORDS),
        _effect("metro areas", client, {"source": ["oews"]}, ("METRO", "us"), _year(metros, "2024"), 5),
    ]


def _year(levels: Levels, year: str) -> dict[str, float]:
    return {place: level for (place, told), level in levels.items() if told == year}


def _effect(label: str, client: Client, where: Where, split: Split, levels: Mapping[str, float], least: int) -> Effect:
    plain = _medians(client, where, split, "NONE", least)
    adjusted = _medians(client, where, split, "COST_OF_LIVING", least)
    places = sorted(plain.keys() & adjusted.keys() & levels.keys())
    before, after = [plain[place] for place in places], [adjusted[place] for place in places]
    level = [levels[place] for place in places]
    divided = np.array(before) / np.array(level) * 100
    return Effect(
        label,
        correlation(before, level),
        correlation(after, level),
        _spread(before),
        _spread(after),
        float(np.abs(divided - after).max()),
    )


def _medians(client: Client, where: Where, split: Split, adjust: str, least: int) -> dict[str, float]:
    found = client.groups(where, split, adjust=adjust)
    return {code: figures.median for (code,), figures in found.items() if figures.count >= least}


def _spread(medians: list[float]) -> float:
    low, high = np.percentile(medians, [10, 90])
    return float(high / low)
