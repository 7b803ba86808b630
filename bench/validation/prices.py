"""PayRank's price levels, as loaded, beside the files of the US Bureau of Economic Analysis and the World Bank."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from bench.validation.files import COUNTRIES, COUNTRY_CODES, METROS, PORTIONS, STATES, STATES_2024, Files
from service.store.reference import Reference
from service.vocabulary.factors import Factor
from service.vocabulary.taxonomy import Taxonomy

YEARS = tuple(str(year) for year in range(2015, 2025))
ALL_ITEMS = "RPPs: All items"
Levels = Mapping[tuple[str, str], float]
"""By the place's code and the year, United States = 100."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """Price levels of one kind of place: how many PayRank has, how many of them the files have, and how many are equal.

    `places` of them; `largest` is the largest difference in points; `missing` are figures of the files, of places that
    PayRank knows and the same years, that it lacks.
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
class Gap:
    """Differences in points: of how many, the median and the largest by amount, and where that is."""

    count: int
    median: float
    largest: float
    where: str


def loaded(reference: Reference, files: Files) -> list[Loaded]:
    taxonomy = reference.taxonomy
    wanted = (
        ("metro areas", "BEA, MARPP", Factor.METRO, metro_levels(files, taxonomy)),
        ("states", "BEA, SARPP, two releases", Factor.SUBDIVISION, state_levels(files)),
        ("countries", "World Bank", Factor.COUNTRY, country_levels(files, taxonomy)),
    )
    return [_loaded(label, file, held(reference, factor), levels) for label, file, factor, levels in wanted]


def _loaded(label: str, file: str, ours: Levels, theirs: Levels) -> Loaded:
    gaps = [abs(ours[key] - theirs[key]) for key in ours.keys() & theirs.keys()]
    return Loaded(
        label,
        file,
        len({place for place, _ in ours}),
        len(ours),
        len(gaps),
        sum(gap < 0.0005 for gap in gaps),
        max(gaps, default=0.0),
        len(theirs.keys() - ours.keys()),
    )


def held(reference: Reference, factor: Factor) -> dict[tuple[str, str], float]:
    """What PayRank has of one kind of place."""
    found = {(reference.taxonomy[place], str(year)): level for (place, year), level in reference.price_levels.items()}
    return {(place.code, year): level for (place, year), level in found.items() if place.factor is factor}


def metro_levels(files: Files, taxonomy: Taxonomy) -> dict[tuple[str, str], float]:
    """Metro areas go by the number of their delineation, which is a spelling of each."""
    found = ((taxonomy.resolve(Factor.METRO, row["GeoFIPS"].strip(' "')), row) for row in files.rows(METROS))
    return _told((metro.code, row) for metro, row in found if metro and row["Description"].strip() == ALL_ITEMS)


def state_levels(files: Files) -> dict[tuple[str, str], float]:
    """2015 to 2023 of one release, 2024 of the next, which is all of it that is at hand."""
    states = {row["name"]: row for row in files.rows(STATES_2024)}
    rows = (row for row in files.rows(STATES) if row["GeoName"] in states and row["Description"].strip() == ALL_ITEMS)
    found = _told((_code(states[row["GeoName"]]), row) for row in rows)
    return found | {(_code(row), "2024"): float(row["rpp_all_items"]) for row in states.values()}


def country_levels(files: Files, taxonomy: Taxonomy) -> dict[tuple[str, str], float]:
    """Price level ratios, times 100, of what has an ISO code: no groups of countries."""
    codes = {row["iso3"]: row["iso2"].lower() for row in files.rows(COUNTRY_CODES)}
    rows = ((codes.get(row["Country Code"], ""), row) for row in files.rows(COUNTRIES, preamble=4))
    told = _told((code, row) for code, row in rows if taxonomy.known(Factor.COUNTRY, code))
    return {key: round(100 * ratio, 3) for key, ratio in told.items()}


def _code(row: Mapping[str, str]) -> str:
    return f"us-{row['usps'].lower()}"


def _told(rows: Iterator[tuple[str, Mapping[str, str]]]) -> dict[tuple[str, str], float]:
    return {(code, year): float(row[year]) for code, row in rows for year in YEARS if row.get(year, "") not in ("", "(NA)")}


def portions(files: Files, kind: str) -> dict[str, dict[str, float]]:
    """By state's name the level of its part that is Metropolitan, or Nonmetropolitan, by year; 0 is no such part."""
    ending = f" ({kind} Portion)"
    return {
        row["GeoName"].removesuffix(ending): {year: float(row[year]) for year in YEARS}
        for row in files.rows(PORTIONS)
        if row["GeoName"].endswith(ending) and row["Description"].strip() == ALL_ITEMS
    }


def metropolitan(reference: Reference, files: Files) -> Gap:
    """2024: the metropolitan part of each state less the whole state, which pay without a metro area is divided by."""
    parts, levels = portions(files, "Metropolitan"), held(reference, Factor.SUBDIVISION)
    names = {row["name"]: _code(row) for row in files.rows(STATES_2024)}
    return _gap({name: part["2024"] - levels[names[name], "2024"] for name, part in parts.items() if part["2024"]})


def revision(reference: Reference, files: Files) -> Gap:
    """2023: how the later release differs from the earlier, seen in the states that are metropolitan throughout."""
    parts, rest, levels = (
        portions(files, "Metropolitan"),
        portions(files, "Nonmetropolitan"),
        held(reference, Factor.SUBDIVISION),
    )
    names = {row["name"]: _code(row) for row in files.rows(STATES_2024)}
    whole = [name for name, part in rest.items() if not part["2023"]]
    return _gap({name: parts[name]["2023"] - levels[names[name], "2023"] for name in whole})


def _gap(points: Mapping[str, float]) -> Gap:
    where = max(points, key=lambda name: abs(points[name]))
    return Gap(len(points), float(np.median(list(points.values()))), points[where], where)
