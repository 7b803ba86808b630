"""PayRank against external truth: `python -m bench.validation [FOLDER]` writes docs/validation.md (data: ../shared/data)."""

import sys
from pathlib import Path

from bench.ground import database
from bench.validation.files import Files
from bench.validation.measurement import measure
from bench.validation.page import page

PAGE = Path(__file__).parents[2] / "docs" / "validation.md"


def main() -> None:
    files = Files(Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"))
    if files.missing:
        sys.exit(
            f"Answers are compared with real data, and {files.folder} lacks {', '.join(files.missing)}. "
            "Name the folder that has them."
        )
    with database() as url:
        text = page(measure(files, url), files)
    PAGE.write_text(text, encoding="utf-8")
    sys.stdout.write(f"Wrote {PAGE}\n")


if __name__ == "__main__":
    main()
