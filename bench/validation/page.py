"""docs/validation.md: the sentences of page.md with what was measured."""

from pathlib import Path

from bench.validation import advertisements_page, filings_page, prices_page
from bench.validation.files import NAMES, Files
from bench.validation.measurement import Measured
from bench.validation.tables import table

TEMPLATE = Path(__file__).parent / "page.md"


def page(found: Measured, files: Files) -> str:
    """The same for the same files, byte for byte."""
    return TEMPLATE.read_text(encoding="utf-8").format(
        **filings_page.fields(found.filings),
        **advertisements_page.fields(found.advertisements),
        **prices_page.fields(found.prices),
        files=table(("file", "SHA-256 begins"), ((f"`{name}`", f"`{files.hash(name)}`") for name in NAMES)),
        records=f"{found.records:,}",
        paired=f"{found.paired_records:,}",
    )
