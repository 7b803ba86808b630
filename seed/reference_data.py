"""The files of seed/reference: values of factors, sources, currency rates, price levels, official wages, meanings of titles.

seed/reference/README.md documents origin and licence of each file. Every function that reads takes the folder, and raises
DataError, which names file and line, for a file in the wrong format.
"""

import csv
import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from service.counts import count_of
from service.errors import DataError
from service.vocabulary.employers import EmployerName
from service.vocabulary.factors import FACTORS, SOURCE_KINDS, Factor
from service.vocabulary.gazetteer import PEOPLE, Cities
from service.vocabulary.official_wages import ALL_INDUSTRIES, FIGURES, OfficialWage, RoleOccupation
from service.vocabulary.spellings import fold
from service.vocabulary.terms import FxRate, PriceLevel, Source, Term
from service.vocabulary.units import count_terms, period_terms

REFERENCE, MAPPINGS = Path(__file__).parent / "reference", Path(__file__).parent / "mappings"

_COMPUTED_TERMS = (*count_terms(), *period_terms())
_WITHOUT_FILE = {Factor.SOURCE, *(term.factor for term in _COMPUTED_TERMS)}
FILES = tuple(factor for factor in FACTORS if factor not in _WITHOUT_FILE)
"""The factors whose values are in a file, `<code>.csv`: all except computed factors and sources."""

OEWS_SOURCE, OEWS_YEAR, OEWS_CURRENCY = "oews-2025", 2025, "USD"
"""The source of the official wages, the year that they refer to (May), and their currency."""

_CODE = re.compile(r"[a-z0-9-]+")
_CURRENCY = re.compile(r"[A-Z]{3}")


class _Line(dict[str, str]):
    """One line of a reference file by column name, with its file and line number for error messages."""

    def __init__(self, cells: dict[str, str], location: str) -> None:
        super().__init__(cells)
        self.location = location

    def error(self, problem: str) -> DataError:
        return DataError(f"{self.location}: {problem}")

    def code(self, column: str) -> str:
        if not _CODE.fullmatch(self[column]):
            raise self.error(f"{self[column]!r} is not a code; use lower-case letters a-z, digits and hyphens.")
        return self[column]

    def factor(self, text: str) -> Factor:
        try:
            return Factor(text)
        except ValueError:
            raise self.error(f"{text!r} is not a factor.") from None

    def count(self, column: str) -> int | None:
        """A whole number; None for an empty cell."""
        if self[column] and not (self[column].isascii() and self[column].isdecimal()):
            raise self.error(f"{self[column]!r} is not a whole number.")
        return int(self[column]) if self[column] else None

    def joined(self, column: str, lines: "Mapping[str, _Line]", file: str) -> "_Line":
        """The line of another file with the code of a column."""
        if self[column] not in lines:
            raise self.error(f"{self[column]!r} is not a code of {file}.csv.")
        return lines[self[column]]

    def years(self) -> Iterator[tuple[int, float]]:
        """The years of the columns that have a value, and the values, which are positive."""
        for column, text in self.items():
            if column.isdecimal() and text:
                yield int(column), self.amount(column)

    def amount(self, column: str) -> float:
        """A positive number."""
        try:
            amount = float(self[column])
        except ValueError:
            amount = -1.0
        if not 0 < amount < float("inf"):
            raise self.error(f"{self[column]!r} is not a positive number.")
        return amount


def _lines(folder: Path, name: str, *columns: str) -> list[_Line]:
    """The lines of a file with these columns, which may be followed by columns of years."""
    path = folder / f"{name}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return list(_checked(csv.reader(file, strict=True), path, columns))
    except OSError as error:
        raise DataError(f"{path} cannot be read: {error.strerror}. Restore it from the repository.") from error
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} is not a CSV file in UTF-8: {error}. Restore it from the repository.") from error


def _checked(reader: Iterator[list[str]], path: Path, columns: tuple[str, ...]) -> Iterator[_Line]:
    header = next(reader, [])
    years = header[len(columns) :]
    if tuple(header[: len(columns)]) != columns or not all(year.isdecimal() for year in years):
        raise DataError(f"{path}, line 1: the columns must be {','.join(columns)}, followed by years only.")
    for number, cells in enumerate(reader, 2):
        location = f"{path}, line {number}"
        if len(cells) != len(header):
            raise DataError(f"{location}: {count_of(len(cells), 'cell')}, but the header has {len(header)}.")
        yield _Line(dict(zip(header, cells, strict=True)), location)


@cache
def terms(folder: Path = REFERENCE) -> tuple[Term, ...]:
    """All values of all factors, of employers the registered ones, by factor in file order, parents before children."""
    found = [term for factor in FILES for term in _file_terms(folder, factor)]
    return tuple(_parents_first([*found, *_COMPUTED_TERMS, *_source_terms(folder)]))


def _file_terms(folder: Path, factor: Factor) -> list[Term]:
    found: dict[str, Term] = {}
    spellings: dict[str, str] = {}
    for line in _lines(folder, factor.value, "code", "label", "parent", "aliases"):
        aliases = tuple(line["aliases"].split("|")) if line["aliases"] else ()
        term = Term(factor, line.code("code"), line["label"], _parent(line, factor), aliases)
        if term.code in found:
            raise line.error(f"the code {term.code!r} is already on an earlier line.")
        _add_spellings(spellings, term, line)
        found[term.code] = term
    return list(found.values())


def _parent(line: _Line, factor: Factor) -> tuple[Factor, str] | None:
    """`parent` is a code of the same factor, or `factor:code`."""
    if not line["parent"]:
        return None
    other, colon, code = line["parent"].rpartition(":")
    return (line.factor(other) if colon else factor), code


def _add_spellings(spellings: dict[str, str], term: Term, line: _Line) -> None:
    """Add the spellings of a value. Raises DataError for a spelling of another value, which would be ambiguous."""
    for text in (term.code, term.label, *term.aliases):
        if not text.strip():
            raise line.error("a label or an alias is empty.")
        spelling = EmployerName(text).full_code if term.factor is Factor.EMPLOYER else fold(text)
        owner = spellings.setdefault(spelling, term.code)
        if owner != term.code:
            raise line.error(f"{text!r} is already a spelling of {owner!r}.")


def _source_terms(folder: Path) -> list[Term]:
    found = sources(folder)
    return [Term(Factor.SOURCE, source.code, source.label, (Factor.SOURCE_KIND, source.kind)) for source in found]


def _parents_first(found: list[Term]) -> list[Term]:
    """Terms reordered so that each follows its parent; otherwise their order is unchanged."""
    by_name = {(term.factor, term.code): term for term in found}
    placed: dict[tuple[Factor, str], Term] = {}
    for term in found:
        for ancestor in reversed(_lineage(term, by_name)):
            placed.setdefault((ancestor.factor, ancestor.code), ancestor)
    return list(placed.values())


def _lineage(term: Term, by_name: dict[tuple[Factor, str], Term]) -> list[Term]:
    """A term, its parent, and so on up to the root."""
    line = [term]
    while line[-1].parent is not None:
        parent = by_name.get(line[-1].parent)
        if parent is None:
            raise DataError(
                f"{line[-1].factor}.csv: the parent of {line[-1].code!r}, {line[-1].parent[1]!r}, does not exist."
            )
        if parent in line:
            raise DataError(f"{term.factor}.csv: {term.code!r} is its own ancestor.")
        line.append(parent)
    return line


@cache
def cities(folder: Path = REFERENCE) -> tuple[Cities, ...]:
    """The cities and counties that places are read by."""
    found = []
    for line in _lines(folder, "city", "metro", "place", "people", "names"):
        people = int(line["people"]) if line["people"].isdecimal() else None
        if line["people"] and people not in PEOPLE:
            raise line.error(f"{line['people']!r} is not one of {', '.join(map(str, PEOPLE))}, and not blank for regions.")
        within = Factor.SUBDIVISION if "-" in line["place"] else Factor.COUNTRY, line.code("place")
        found.append(Cities(line["metro"], within, people, tuple(line["names"].split("|"))))
    return tuple(found)


def sources(folder: Path = REFERENCE) -> list[Source]:
    """The sources of records."""
    found = []
    for line in _lines(folder, "source", "code", "label", "kind", "licence", "url"):
        if line["kind"] not in SOURCE_KINDS:
            raise line.error(f"{line['kind']!r} is not a kind of source.")
        found.append(Source(line.code("code"), line["label"], line["kind"], line["licence"], line["url"] or None))
    return found


def fx_rates(folder: Path = REFERENCE) -> list[FxRate]:
    """US dollars for one unit of a currency, mean of the calendar year; years without a rate are left out."""
    found = []
    for line in _lines(folder, "fx_rate", "currency", "source"):
        if not _CURRENCY.fullmatch(line["currency"]):
            raise line.error(f"{line['currency']!r} is not an ISO 4217 currency code.")
        found += [FxRate(line["currency"], year, usd) for year, usd in line.years()]
    return found


def price_levels(folder: Path = REFERENCE) -> list[PriceLevel]:
    """Cost of living by place and calendar year, United States = 100; years without a level are left out."""
    found = []
    for line in _lines(folder, "price_level", "factor", "code", "source"):
        place = line.factor(line["factor"]), line.code("code")
        found += [PriceLevel(place, year, level) for year, level in line.years()]
    return found


def soc_roles(folder: Path = REFERENCE) -> dict[str, str]:
    """Role codes by SOC code (15-2051, or with its O*NET suffix 15-2051.01), the fallback for unknown titles."""
    return {line["soc"]: line.code("role") for line in _lines(folder, "soc", "soc", "role")}


def official_wages(folder: Path = REFERENCE) -> list[OfficialWage]:
    """The official wages of the United States, by occupation, area and industry."""
    occupations = _by_code(folder, "oews_occupation", "code", "title")
    areas = _by_code(folder, "oews_area", "code", "title", "place")
    industries = _by_code(folder, "oews_industry", "code", "title", "industry")
    places = {code: _place(area) for code, area in areas.items()}
    found = []
    for line in _lines(folder, "oews_wage", "occupation", "area", "industry", *FIGURES):
        line["industry"] = line["industry"] or ALL_INDUSTRIES
        industry = line.joined("industry", industries, "oews_industry")
        found.append(
            OfficialWage(
                source=OEWS_SOURCE,
                year=OEWS_YEAR,
                currency=OEWS_CURRENCY,
                occupation_code=line["occupation"],
                occupation=line.joined("occupation", occupations, "oews_occupation")["title"],
                area_code=line["area"],
                area=line.joined("area", areas, "oews_area")["title"],
                place=places[line["area"]],
                naics_code=line["industry"],
                naics_title=industry["title"],
                industry=industry["industry"] or None,
                **{figure: line.count(figure) for figure in FIGURES},
            )
        )
    return found


def _by_code(folder: Path, name: str, *columns: str) -> dict[str, _Line]:
    found: dict[str, _Line] = {}
    for line in _lines(folder, name, *columns):
        if found.setdefault(line["code"], line) is not line:
            raise line.error(f"the code {line['code']!r} is already on an earlier line.")
    return found


def _place(line: _Line) -> tuple[Factor, str] | None:
    factor, _, code = line["place"].partition(":")
    return (line.factor(factor), code) if code else None


def role_occupations(folder: Path = REFERENCE) -> list[RoleOccupation]:
    """The occupations of roles that have one."""
    lines = _lines(folder, "role_soc", "role", "soc", "share", "filings")
    return [
        RoleOccupation(line.code("role"), line["soc"], line.amount("share"), line.count("filings") or 0) for line in lines
    ]


def naics_industries(folder: Path = REFERENCE) -> dict[str, str]:
    """Industry codes by the first two to six digits of NAICS codes, of which the longest that is listed applies."""
    return {line["naics"]: line.code("industry") for line in _lines(folder, "naics", "naics", "industry")}


def unmapped_titles(folder: Path = REFERENCE) -> dict[str, str]:
    """Job titles that do not identify a role, as written, each with the reason."""
    return {line["title"]: line["reason"] for line in _lines(folder, "unmapped_title", "title", "reason")}


def pay_words(folder: Path = REFERENCE) -> list[tuple[str, str, tuple[str, ...]]]:
    """The words and signs in texts of pay: kind, value, and the spellings, which may have several kinds."""
    found = _lines(folder, "pay_word", "kind", "value", "words")
    return [(line["kind"], line["value"], tuple(line["words"].split("|"))) for line in found]


def digest() -> str:
    """SHA-256, in hexadecimal, of the names and contents of all files in `seed/reference` and `seed/mappings`.

    It is stored with the loaded data.
    """
    found = hashlib.sha256()
    for file in sorted((*REFERENCE.glob("*.csv"), *MAPPINGS.glob("*.toml"))):
        found.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return found.hexdigest()


def load_reference_data(url: str) -> None:
    """Update the reference data of a database to that of the files, and store their digest if the role may do so.

    The catalogue of data sets comes with it.
    """
    from seed.catalogue import data_sets  # noqa: PLC0415 - reads the mappings
    from service.store.bulk import bulk_connection  # noqa: PLC0415 - takes a second, and most readers of files need none
    from service.store.official_wages import OfficialTables  # noqa: PLC0415
    from service.store.reference import add_reference  # noqa: PLC0415

    with bulk_connection(url) as rows:
        add_reference(
            rows,
            terms(),
            sources(),
            [data_set.entry for data_set in data_sets()],
            fx_rates(),
            price_levels(),
            OfficialTables(official_wages(), role_occupations()),
            digest(),
        )
