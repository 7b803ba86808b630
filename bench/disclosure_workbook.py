"""Made-up applications as a workbook in the layout of the US Department of Labor, 47 columns, with shared strings.

`python -m bench.disclosure_workbook [ROWS]`, by default a million, imports one as `lca`, and prints seconds and peak memory
of the process that reads the workbook and of the import itself.
"""

import random
import resource
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from bench.environment import console, database, peak_memory
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping

_LAYOUT = """CASE_NUMBER CASE_STATUS RECEIVED_DATE DECISION_DATE ORIGINAL_CERT_DATE VISA_CLASS JOB_TITLE SOC_CODE SOC_TITLE
    FULL_TIME_POSITION BEGIN_DATE END_DATE TOTAL_WORKER_POSITIONS NEW_EMPLOYMENT CONTINUED_EMPLOYMENT
    CHANGE_PREVIOUS_EMPLOYMENT NEW_CONCURRENT_EMPLOYMENT CHANGE_EMPLOYER AMENDED_PETITION EMPLOYER_NAME TRADE_NAME_DBA
    EMPLOYER_ADDRESS1 EMPLOYER_CITY EMPLOYER_STATE EMPLOYER_POSTAL_CODE EMPLOYER_COUNTRY EMPLOYER_PHONE NAICS_CODE
    AGENT_REPRESENTING_EMPLOYER WORKSITE_WORKERS SECONDARY_ENTITY WORKSITE_ADDRESS1 WORKSITE_CITY WORKSITE_COUNTY
    WORKSITE_STATE WORKSITE_POSTAL_CODE WAGE_RATE_OF_PAY_FROM WAGE_RATE_OF_PAY_TO WAGE_UNIT_OF_PAY PREVAILING_WAGE
    PW_UNIT_OF_PAY PW_WAGE_LEVEL PW_OES_YEAR TOTAL_WORKSITE_LOCATIONS H_1B_DEPENDENT WILLFUL_VIOLATOR
    PUBLIC_DISCLOSURE"""
COLUMNS = tuple(_LAYOUT.split())
_LETTERS = [*map(chr, range(65, 91)), *(f"A{chr(letter)}" for letter in range(65, 91))][: len(COLUMNS)]
_DATES = {"RECEIVED_DATE", "DECISION_DATE", "BEGIN_DATE", "END_DATE"}
_TITLES = ("Software Engineer", "Data Scientist", "Machine Learning Engineer", "Data Engineer", "Database Administrator")
_OCCUPATIONS = (("15-1252.00", "Software Developers"), ("15-2051.00", "Data Scientists"))
_PLACES = (
    ("San Jose", "SANTA CLARA", "CA"),
    ("Seattle", "KING", "WA"),
    ("Austin", "TRAVIS", "TX"),
    ("New York", "NEW YORK", "NY"),
)
_INDUSTRIES = (541511, 541512, 511210, 522110, 611310)
_STATUSES = ("Certified",) * 14 + ("Certified - Withdrawn", "Denied")
_BLOCK = 2_000
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
Value = str | int | float | None


def applications(count: int) -> Iterator[tuple[Value, ...]]:
    """Rows of values in the order of `COLUMNS`; dates are days since the end of 1899."""
    rng = random.Random(1)
    for number in range(count):
        occupation, (city, county, state) = rng.choice(_OCCUPATIONS), rng.choice(_PLACES)
        day, wage, employer = 45_200 + rng.randrange(90), rng.randrange(60_000, 250_000), rng.randrange(20_000)
        address = (f"{number % 9_999} Main Street", city, state, f"{10_000 + number % 80_000}")
        yield (
            *(f"I-200-{number:011}", rng.choice(_STATUSES), day, day + 7, None, "H-1B", rng.choice(_TITLES), *occupation),
            *("Y", day + 100, day + 1_190, 1, rng.randrange(2), 0, 0, 0, 0, 0, f"Employer {employer} Incorporated", None),
            *(*address, "UNITED STATES OF AMERICA", f"+1{2_000_000_000 + number}", rng.choice(_INDUSTRIES), "Yes", 1, "No"),
            *(
                f"{number * 7 % 9_999} First Avenue",
                city,
                county,
                state,
                address[-1],
                wage,
                rng.choice((None, wage + 20_000)),
            ),
            *("Year", round(wage * 0.95, 2), "Year", rng.choice(("I", "II", "III", "IV")), "7/1/2023 - 6/30/2024", 1),
            *("No", "No", "Disclose Business"),
        )


def write_workbook(path: Path, count: int) -> None:
    """A workbook of `count` made-up applications."""
    strings: dict[str, int] = {}
    with ZipFile(path, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        relation = f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="xl/workbook.xml"/>'
        archive.writestr("_rels/.rels", f'<Relationships xmlns="{_PACKAGE}">{relation}</Relationships>')
        sheets = '<sheets><sheet name="Sheet1" sheetId="1" r:id="rId1"/></sheets>'
        archive.writestr("xl/workbook.xml", f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{sheets}</workbook>')
        parts = enumerate((("worksheet", "worksheets/sheet1"), ("sharedStrings", "sharedStrings"), ("styles", "styles")), 1)
        relations = (f'<Relationship Id="rId{n}" Type="{_OFFICE}/{kind}" Target="{part}.xml"/>' for n, (kind, part) in parts)
        archive.writestr(
            "xl/_rels/workbook.xml.rels", f'<Relationships xmlns="{_PACKAGE}">{"".join(relations)}</Relationships>'
        )
        formats = '<cellXfs count="2"><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
        archive.writestr("xl/styles.xml", f'<styleSheet xmlns="{_MAIN}">{formats}</styleSheet>')
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as file:
            file.write(f'<worksheet xmlns="{_MAIN}"><sheetData>{_row(1, COLUMNS, strings)}'.encode())
            rows = (_row(number, values, strings) for number, values in enumerate(applications(count), 2))
            while block := "".join(islice(rows, _BLOCK)):
                file.write(block.encode())
            file.write(b"</sheetData></worksheet>")
        with archive.open("xl/sharedStrings.xml", "w", force_zip64=True) as file:
            items = "".join(f"<si><t>{escape(text)}</t></si>" for text in strings)
            file.write(f'<sst xmlns="{_MAIN}">{items}</sst>'.encode())


def _row(number: int, values: Sequence[Value], strings: dict[str, int]) -> str:
    cells = []
    for letters, name, value in zip(_LETTERS, COLUMNS, values, strict=True):
        if isinstance(value, str):
            cells.append(f'<c r="{letters}{number}" t="s"><v>{strings.setdefault(value, len(strings))}</v></c>')
        elif value is not None:
            style = ' s="1"' if name in _DATES else ""
            cells.append(f'<c r="{letters}{number}"{style}><v>{value}</v></c>')
    return f'<row r="{number}">{"".join(cells)}</row>'


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    with database() as url, tempfile.TemporaryDirectory(prefix="payrank-bench-") as folder:
        path = Path(folder) / "LCA_Disclosure_Data.xlsx"
        write_workbook(path, count)
        started, read = perf_counter(), list[float]()
        report = import_file(url, builtin_mapping("lca"), str(path), progress=lambda _: read.append(perf_counter()))
        seconds, reader = perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e6
        console.print(
            f"{report.read:,} rows of {len(COLUMNS)} columns ({path.stat().st_size / 1e6:,.0f} MB): read as a workbook in "
            f"{read[0] - started:.0f} s with {reader:.2f} GB of memory, {report.imported:,} of them imported after "
            f"{seconds:.0f} s with {peak_memory():.2f} GB"
        )


if __name__ == "__main__":
    main()
