"""PayRank compared with official statistics: `python -m bench.validation [FOLDER]`, with data from ../shared/data.

Writes docs/validation.md, and the table of imports in docs/data.md.
"""

import sys
from pathlib import Path

from bench.environment import database
from bench.validation import imports
from bench.validation.files import Files
from bench.validation.report import PAGE, render, validate


def main() -> None:
    files = Files(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
    if files.missing:
        sys.exit(
            f"The validation needs real data, but {files.folder} lacks {', '.join(files.missing)}. "
            "Pass the folder that has them."
        )
    with database() as url:
        found = validate(files, url)
    imports.PAGE.write_text(imports.with_table(imports.PAGE.read_text(encoding="utf-8"), found.imports), encoding="utf-8")
    PAGE.write_text(render(found, files), encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE} and the table of imports in {imports.PAGE}\n")


if __name__ == "__main__":
    main()
