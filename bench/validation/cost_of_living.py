"""Price levels, compared with BEA and the World Bank, and the effect of dividing pay by them; a section of the report."""

import csv
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from bench.markdown import percent, table
from bench.validation.client import ApiClient, Split, Where
from bench.validation.comparison import Correlation, correlation, correlation_cell
from bench.validation.files import COUNTRIES, COUNTRY_CODES, METROS, OEWS, PORTIONS, STATES, STATES_2024, Files
from bench.validation.filings import MIN_STATE_RECORDS, RESIDUAL_CODES
from seed.importer.importing import import_file
from seed.importer.mapping import load_mapping
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

YEARS = tuple(str(year) for year in range(2015, 2025))
ALL_ITEMS = "RPPs: All items"
MIN_METRO_OCCUPATIONS = 5
Levels = Mapping[tuple[str, str], float]
"""By the place's code and the year, United States = 100."""

_OEWS_MAPPING = """
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
class LevelComparison:
    """Price levels of one type of place: the number in PayRank, how many of them the files have, and how many are equal.

    `places` is the number of places, `largest` the largest difference in points. `missing` counts levels of the files that
    PayRank lacks, of its places and the same years.
    """

    label: str
    file: str
    places: int
    levels: int
    compared: int
    equal: int
    largest: float
    missing: int


@dataclass(frozen=True, slots=True)
class Differences:
    """Differences in points: their number, the median, and the largest in absolute value with its place."""

    count: int
    median: float
    largest: float
    where: str


@dataclass(frozen=True, slots=True)
class Effect:
    """Medians of places before and after the adjustment: rank correlation with the price level, and P90 divided by P10.

    `error` is the largest difference of an adjusted median from the plain one divided by the file's level, in US dollars.
    """

    label: str
    plain: Correlation
    adjusted: Correlation
    spread: float
    adjusted_spread: float
    error: float


@dataclass(frozen=True)
class CostOfLiving:
    """The comparisons of this section; `metro_share` is the share of computer and mathematical jobs in metro areas."""

    levels: Sequence[LevelComparison]
    metropolitan: Differences
    metro_share: float
    revision: Differences
    effects: Sequence[Effect]


def compare_cost_of_living(files: Files, client: ApiClient, reference: Reference) -> CostOfLiving:
    return CostOfLiving(
        compare_levels(reference, files),
        metropolitan(reference, files),
        metro_share(files),
        revision(reference, files),
        effects(client, files, reference.taxonomy),
    )


# Price levels


def compare_levels(reference: Reference, files: Files) -> list[LevelComparison]:
    taxonomy = reference.taxonomy
    types = (
        ("metro areas", "BEA, MARPP", Factor.METRO, metro_levels(files, taxonomy)),
        ("states", "BEA, SARPP, two releases", Factor.SUBDIVISION, state_levels(files)),
        ("countries", "World Bank", Factor.COUNTRY, country_levels(files, taxonomy)),
    )
    return [
        _level_comparison(label, file, payrank_levels(reference, factor), levels) for label, file, factor, levels in types
    ]


def _level_comparison(label: str, file: str, ours: Levels, theirs: Levels) -> LevelComparison:
    differences = [abs(ours[key] - theirs[key]) for key in ours.keys() & theirs.keys()]
    return LevelComparison(
        label,
        file,
        len({place for place, _ in ours}),
        len(ours),
        len(differences),
        sum(difference < 0.0005 for difference in differences),
        max(differences, default=0.0),
        len(theirs.keys() - ours.keys()),
    )


def payrank_levels(reference: Reference, factor: Factor) -> dict[tuple[str, str], float]:
    """The levels of one type of place in PayRank's database."""
    found = {(reference.taxonomy[place], str(year)): level for (place, year), level in reference.price_levels.items()}
    return {(place.code, year): level for (place, year), level in found.items() if place.factor is factor}


def metro_levels(files: Files, taxonomy: Taxonomy) -> dict[tuple[str, str], float]:
    """By metro area, found by its CBSA code, which is one of its aliases."""
    found = ((taxonomy.resolve(Factor.METRO, row["GeoFIPS"].strip(' "')), row) for row in files.rows(METROS))
    return _by_year((metro.code, row) for metro, row in found if metro and row["Description"].strip() == ALL_ITEMS)


def state_levels(files: Files) -> dict[tuple[str, str], float]:
    """2015 to 2023 from one release, 2024 from the next, of which only that year is available."""
    states = {row["name"]: row for row in files.rows(STATES_2024)}
    rows = (row for row in files.rows(STATES) if row["GeoName"] in states and row["Description"].strip() == ALL_ITEMS)
    found = _by_year((_code(states[row["GeoName"]]), row) for row in rows)
    return found | {(_code(row), "2024"): float(row["rpp_all_items"]) for row in states.values()}


def country_levels(files: Files, taxonomy: Taxonomy) -> dict[tuple[str, str], float]:
    """Price level ratios times 100, for rows with an ISO code, so without groups of countries."""
    codes = {row["iso3"]: row["iso2"].lower() for row in files.rows(COUNTRY_CODES)}
    rows = ((codes.get(row["Country Code"], ""), row) for row in files.rows(COUNTRIES, preamble=4))
    found = _by_year((code, row) for code, row in rows if taxonomy.lookup(Factor.COUNTRY, code))
    return {key: round(100 * ratio, 3) for key, ratio in found.items()}


def _code(row: Mapping[str, str]) -> str:
    return f"us-{row['usps'].lower()}"


def _by_year(rows: Iterator[tuple[str, Mapping[str, str]]]) -> dict[tuple[str, str], float]:
    return {(code, year): float(row[year]) for code, row in rows for year in YEARS if row.get(year, "") not in ("", "(NA)")}


def portions(files: Files, kind: str) -> dict[str, dict[str, float]]:
    """By state name and year, the level of its Metropolitan or Nonmetropolitan portion; 0 if it has none."""
    ending = f" ({kind} Portion)"
    return {
        row["GeoName"].removesuffix(ending): {year: float(row[year]) for year in YEARS}
        for row in files.rows(PORTIONS)
        if row["GeoName"].endswith(ending) and row["Description"].strip() == ALL_ITEMS
    }


def metropolitan(reference: Reference, files: Files) -> Differences:
    """2024: the metropolitan portion of each state minus the whole state, which applies to pay without a metro area."""
    parts, levels = portions(files, "Metropolitan"), payrank_levels(reference, Factor.SUBDIVISION)
    names = {row["name"]: _code(row) for row in files.rows(STATES_2024)}
    return _differences({name: part["2024"] - levels[names[name], "2024"] for name, part in parts.items() if part["2024"]})


def revision(reference: Reference, files: Files) -> Differences:
    """2023: the later release minus the earlier one, in the states that are entirely metropolitan."""
    parts, rest = portions(files, "Metropolitan"), portions(files, "Nonmetropolitan")
    levels = payrank_levels(reference, Factor.SUBDIVISION)
    names = {row["name"]: _code(row) for row in files.rows(STATES_2024)}
    metropolitan_states = [name for name, part in rest.items() if not part["2023"]]
    return _differences({name: parts[name]["2023"] - levels[names[name], "2023"] for name in metropolitan_states})


def _differences(points: Mapping[str, float]) -> Differences:
    where = max(points, key=lambda name: abs(points[name]))
    return Differences(len(points), float(np.median(list(points.values()))), points[where], where)


# Effects of the adjustment


def import_metros(url: str, files: Files) -> None:
    """Import OEWS as a data set: one record for the median of each occupation in each metro area."""
    rows = [row for row in files.rows(OEWS) if row["area_type"] == "metro_or_nonmetro" and _is_metro(row)]
    reported = [row for row in rows if row["soc_code"] not in RESIDUAL_CODES and row["annual_p50"] != "-"]
    names = ("soc_code", "area_name", "annual_p50")
    with TemporaryDirectory(prefix="payrank-validation-") as folder:
        mapping, path = Path(folder) / "oews.toml", Path(folder) / "oews.csv"
        mapping.write_text(_OEWS_MAPPING, encoding="utf-8")
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(reported)
        import_file(url, load_mapping(mapping), str(path))


def _is_metro(row: Mapping[str, str]) -> bool:
    """Metro areas have their CBSA code with two leading zeros; other areas have other codes."""
    return row["area_code"].startswith("00")


def metro_share(files: Files) -> float:
    """The share of employment in computer and mathematical occupations that is in metro areas, where it is published."""
    local = [row for row in files.rows(OEWS) if row["area_type"] == "metro_or_nonmetro" and row["soc_code"] == "15-0000"]
    published = [row for row in local if row["employment"] != "-"]
    total = sum(int(row["employment"]) for row in published)
    return sum(int(row["employment"]) for row in published if _is_metro(row)) / total


def effects(client: ApiClient, files: Files, taxonomy: Taxonomy) -> list[Effect]:
    engineers: Where = {"source": ["lca"], "role": ["software-engineering"]}
    states, metros = _in_year(state_levels(files), "2023"), _in_year(metro_levels(files, taxonomy), "2024")
    return [
        _effect("states", client, engineers, ("SUBDIVISION", "us"), states, MIN_STATE_RECORDS),
        _effect("metro areas", client, {"source": ["oews"]}, ("METRO", "us"), metros, MIN_METRO_OCCUPATIONS),
    ]


def _in_year(levels: Levels, year: str) -> dict[str, float]:
    return {place: level for (place, of_year), level in levels.items() if of_year == year}


def _effect(label: str, client: ApiClient, where: Where, split: Split, levels: Mapping[str, float], minimum: int) -> Effect:
    plain = _medians(client, where, split, "NONE", minimum)
    adjusted = _medians(client, where, split, "COST_OF_LIVING", minimum)
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


def _medians(client: ApiClient, where: Where, split: Split, adjust: str, minimum: int) -> dict[str, float]:
    found = client.groups(where, split, adjust=adjust)
    return {code: summary.median for (code,), summary in found.items() if summary.count >= minimum}


def _spread(medians: list[float]) -> float:
    low, high = np.percentile(medians, [10, 90])
    return float(high / low)


# Section of the report


def fields(found: CostOfLiving) -> dict[str, object]:
    """The fields of page.md."""
    equal, total = (sum(getattr(one, name) for one in found.levels) for name in ("equal", "levels"))
    return {
        "first_year": YEARS[0],
        "last_year": YEARS[-1],
        "levels_equal": f"{equal:,} of {total:,}",
        "price_levels": _level_table(found),
        "revised": found.revision.count,
        "revision_median": f"{found.revision.median:+.2f}",
        "revision_largest": f"{found.revision.largest:+.2f}",
        "revision_where": found.revision.where,
        "metro_share": percent(found.metro_share),
        "metro_median": f"{found.metropolitan.median:.1f}",
        "metro_count": found.metropolitan.count,
        "metro_largest": f"{found.metropolitan.largest:.1f}",
        "metro_where": found.metropolitan.where,
        "effects": _effect_table(found),
    }


def _level_table(found: CostOfLiving) -> str:
    header = (
        "",
        "file",
        "places",
        "levels in PayRank",
        "also in the file",
        "equal",
        "largest difference",
        "only in the file",
    )
    return table(
        header,
        (
            (
                one.label,
                one.file,
                str(one.places),
                f"{one.levels:,}",
                f"{one.compared:,}",
                f"{one.equal:,}",
                f"{one.largest:.3f}",
                str(one.missing),
            )
            for one in found.levels
        ),
    )


def _effect_table(found: CostOfLiving) -> str:
    header = ("", "places", "rank correlation with prices, plain", "adjusted", "spread, plain", "adjusted", "error")
    return table(
        header,
        (
            (
                one.label,
                str(one.plain.count),
                correlation_cell(one.plain),
                correlation_cell(one.adjusted),
                f"{one.spread:.2f}",
                f"{one.adjusted_spread:.2f}",
                f"{one.error:.2f}",
            )
            for one in found.effects
        ),
    )
