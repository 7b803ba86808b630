"""The detection rates of screening: `python -m bench.screening [FOLDER [SEED]]`, with real data from ../shared/data.

Each data set is imported into a new database and indexed. A random sample of its records represents honest submissions;
errors are planted in some, and all go through the checks for outliers and inconsistencies.
"""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from bench.environment import database
from bench.markdown import table
from bench.synthetic_submissions import Donors, PlantedSubmission, SyntheticCase, cases_of, measure_of, plant
from seed.importer.importing import import_file
from seed.importer.mapping import builtin_mapping
from service.index.build import build_current_index
from service.index.index import RankIndex
from service.intake.screening import Finding, FindingCode, Peers, screen
from service.market.relaxation import MIN_RECORDS, most_specific_cohort
from service.stats.percentiles import log_mad, percentile
from service.store.bulk import bulk_connection
from service.vocabulary.measures import Measure

FILES = {
    "aijobs": "aijobs_salaries_2025-08-03.csv.gz",
    "lca": "us_dol_lca_fy2024q1_certified_fulltime.csv.gz",
    "stackoverflow-2025": "stackoverflow_2025_compensation_extract.csv.gz",
}
SUBMISSIONS, PLANTED = 20_000, 0.02
NARROW_SPREAD = 0.4
"""With a larger spread of pay among the peers, five times the median is not unusual."""

NOTES = f"""
- Each cell is the share of submissions with this error that were held for review, whatever the finding. Each kind of error
  is planted in {PLANTED:.0%} of {SUBMISSIONS:,} records.
- The records are real and report role and country. Answers that their source lacks come from the model in docs/sample.md, so
  experience against level and bonuses are measured on made-up answers. Peers are found by real answers only.
- stackoverflow-2025 has only total compensation, converted to the country's currency, which is used as the base salary. It
  reports neither level nor experience, so its peers are the most heterogeneous.
- A record is one of its own peers, of which there are at least {MIN_RECORDS}.
- Experience, bonus and the next currency are planted outside the limits of the rules, which shows only that the rules work.
"""


@dataclass(frozen=True)
class ScreeningResults:
    """Results for one data set: the submissions, their peers and findings, and the seconds that screening took."""

    submissions: Sequence[PlantedSubmission]
    peers: Sequence[Peers | None]
    findings: Sequence[list[Finding]]
    seconds: float


def run(path: Path, code: str, seed: int) -> ScreeningResults:
    rng = random.Random(seed)
    with database() as url:
        import_file(url, builtin_mapping(code), str(path))
        index = build_current_index(url)
        with bulk_connection(url) as rows:
            donors = Donors(rows, index.reference, rng)
            cases = cases_of(rows, index, donors, rng, SUBMISSIONS)
    return screened(plant(cases, rng, index.reference.rates, PLANTED), index)


def screened(submissions: Sequence[PlantedSubmission], index: RankIndex) -> ScreeningResults:
    peers_of = peers_in(index, measure_of(index))
    start = perf_counter()
    peers = [peers_of(one.case) for one in submissions]
    findings = [screen(one.case.answers, own, index.reference.rates) for one, own in zip(submissions, peers, strict=True)]
    return ScreeningResults(submissions, peers, findings, perf_counter() - start)


def peers_in(index: RankIndex, measure: Measure) -> Callable[[SyntheticCase], Peers | None]:
    def of_case(case: SyntheticCase) -> Peers | None:
        values = most_specific_cohort(index, case.profile(index.reference.taxonomy), measure=measure)
        return Peers(len(values), percentile(values, 0.5), log_mad(values)) if values else None

    return of_case


SubmissionFilter = Callable[[PlantedSubmission, Peers | None], bool]


def results_table(outcomes: dict[str, ScreeningResults]) -> str:
    """In Markdown: rows by kind of error, columns by data set."""
    kinds = sorted({one.kind for outcome in outcomes.values() for one in outcome.submissions if one.kind})
    rows: list[tuple[str, SubmissionFilter, FindingCode | None]] = []
    for kind in kinds:
        rows.append((kind, _of_kind(kind), None))
        if kind in ("a fifth of the pay", "five times the pay"):
            rows.append((f"{kind}, peer spread up to {NARROW_SPREAD}", _with_narrow_peers(kind), None))
    rows.append(("**honest submissions held**", _of_kind(""), None))
    rows += [(f"honest: {code.value}", _of_kind(""), code) for code in (FindingCode.OUTLIER, FindingCode.INCONSISTENT)]
    return table(
        ("planted error", *outcomes),
        [(name, *(_cell(outcome, condition, code) for outcome in outcomes.values())) for name, condition, code in rows],
    )


def _of_kind(kind: str) -> SubmissionFilter:
    return lambda one, _: one.kind == kind


def _with_narrow_peers(kind: str) -> SubmissionFilter:
    return lambda one, peers: one.kind == kind and peers is not None and peers.spread <= NARROW_SPREAD


def _cell(outcome: ScreeningResults, condition: SubmissionFilter, code: FindingCode | None) -> str:
    every = zip(outcome.submissions, outcome.peers, outcome.findings, strict=True)
    selected = [found for one, peers, found in every if condition(one, peers)]
    held = sum(any(code in (None, finding.code) for finding in found) for found in selected)
    return f"{100 * held / len(selected):.1f}% of {len(selected):,}" if selected else ""


def speed(code: str, outcome: ScreeningResults) -> str:
    each = 1000 * outcome.seconds / len(outcome.submissions)
    return f"- {code}: {each:.2f} ms per submission for peers and screening."


def main() -> None:
    folder, seed = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"), int(sys.argv[2] if len(sys.argv) > 2 else 1)
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        sys.exit(
            f"Screening is measured on real data, but {folder} lacks {', '.join(missing)}. Pass the folder that has them."
        )
    outcomes = {code: run(folder / name, code, seed) for code, name in FILES.items()}
    speeds = (speed(code, outcome) for code, outcome in outcomes.items())
    sys.stdout.write("\n".join((results_table(outcomes), NOTES.rstrip(), *speeds, "")))


if __name__ == "__main__":
    main()
