"""PayRank compared with official statistics: `python -m bench.validation [FOLDER]`, with data from ../shared/data.

Writes docs/validation.md.
"""

import sys
from pathlib import Path

from bench.environment import database
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
        text = render(validate(files, url), files)
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")


if __name__ == "__main__":
    main()
