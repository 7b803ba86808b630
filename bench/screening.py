"""What screening catches: `python -m bench.screening [FOLDER [SEED]]`, on real data sets (by default of ../shared/data).

Each data set alone is imported into a new database and indexed. A random choice of its records stands for honest
submissions; mistakes are planted in some, and all go through the ladder, screening, likeness and bursts.
"""

import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from bench.ground import database
from bench.honest import Case, Strangers, cases_of, measure_of
from bench.planting import Sent, plant
from seed.importer.importing import import_file
from seed.importer.mapping_file import builtin_mapping
from service.index.build import build
from service.index.index import RankIndex
from service.intake.burst import bursts
from service.intake.duplicates import duplicates
from service.intake.screening import Finding, FindingCode, Peers, screen
from service.market.relaxation import ENOUGH, narrowest
from service.stats.percentiles import log_spread, percentile
from service.store.bulk import bulk
from service.vocabulary.measures import Measure

FILES = {
    "aijobs": "aijobs_salaries_2025-08-03.csv.gz",
    "lca": "us_dol_lca_fy2024q1_certified_fulltime.csv.gz",
    "stackoverflow-2025": "stackoverflow_2025_compensation_extract.csv.gz",
}
SUBMISSIONS, PLANTED = 20_000, 0.02
START = datetime(2025, 6, 1, tzinfo=UTC)
NARROW = 0.4
"""Where pay spreads more than this among the peers, five times the median is no rarity."""

NOTES = f"""
- Each cell: how many of the planted were held, by whatever finding; each kind in {PLANTED:.0%} of {SUBMISSIONS:,} records.
- The records are real (role and country told); what their source does not tell is drawn from the model in docs/sample.md, so
  level against experience, bonus and duplicates are measured on made-up answers. Peers are found by real answers alone.
- stackoverflow-2025 has only total compensation, which stands for the base salary, converted to the country's currency; it
  knows neither level nor experience, so its peers are the most mixed.
- A record is among its own peers, of whom there are at least {ENOUGH}.
- Experience, bonus and the next currency are planted outside what the rules allow: that shows just that the rules work.
- Honest ones in the hour of a planted burst are held with it, and count as honest ones held.
"""


@dataclass(frozen=True)
class Outcome:
    """Of one data set: what was sent, the peers and the findings of each, and the seconds that it took."""

    sent: Sequence[Sent]
    peers: Sequence[Peers | None]
    findings: Sequence[list[Finding]]
    screening: float
    likeness: float


def run(path: Path, code: str, seed: int) -> Outcome:
    rng = random.Random(seed)
    with database() as url:
        import_file(url, builtin_mapping(code), str(path))
        index = build(url)
        with bulk(url) as rows:
            strangers = Strangers(rows, index.reference, rng)
            cases = cases_of(rows, index, strangers, rng, SUBMISSIONS)
    return screened(plant(cases, rng, index.reference.rates, PLANTED, START), index)


def screened(sent: Sequence[Sent], index: RankIndex) -> Outcome:
    peers_of = peers_in(index, measure_of(index))
    start = perf_counter()
    peers = [peers_of(one.case) for one in sent]
    findings = [screen(one.case.answers, own, index.reference.rates) for one, own in zip(sent, peers, strict=True)]
    middle = perf_counter()
    recent = [one.recent for one in sent]
    alike = [duplicates(recent), bursts(recent)]
    end = perf_counter()
    for one, found in zip(sent, findings, strict=True):
        found += [known[one.recent.id] for known in alike if one.recent.id in known]
    return Outcome(sent, peers, findings, middle - start, end - middle)


def peers_in(index: RankIndex, measure: Measure) -> Callable[[Case], Peers | None]:
    def of_case(case: Case) -> Peers | None:
        values = narrowest(index, case.profile(index.reference.taxonomy), measure=measure)
        return Peers(len(values), percentile(values, 0.5), log_spread(values)) if values else None

    return of_case


Which = Callable[[Sent, Peers | None], bool]


def table(outcomes: dict[str, Outcome]) -> list[str]:
    """In Markdown: rows by kind, columns by data set."""
    kinds = sorted({one.kind for outcome in outcomes.values() for one in outcome.sent if one.kind})
    rows: list[tuple[str, Which, FindingCode | None]] = []
    for kind in kinds:
        rows.append((kind, _of_kind(kind), None))
        if kind in ("a fifth of the pay", "five times the pay"):
            rows.append((f"{kind}, peers spread to {NARROW}", _among_narrow(kind), None))
    rows.append(("**honest ones held**", _of_kind(""), None))
    rows += [(f"honest: {code.value}", _of_kind(""), code) for code in FindingCode if code is not FindingCode.FLAGGED]
    lines = [f"| planted | {' | '.join(outcomes)} |", f"| --- |{' ---: |' * len(outcomes)}"]
    for name, which, code in rows:
        lines.append(f"| {name} | {' | '.join(_cell(outcome, which, code) for outcome in outcomes.values())} |")
    return lines


def _of_kind(kind: str) -> Which:
    return lambda one, _: one.kind == kind


def _among_narrow(kind: str) -> Which:
    return lambda one, peers: one.kind == kind and peers is not None and peers.spread <= NARROW


def _cell(outcome: Outcome, which: Which, code: FindingCode | None) -> str:
    every = zip(outcome.sent, outcome.peers, outcome.findings, strict=True)
    mine = [found for one, peers, found in every if which(one, peers)]
    held = sum(any(code in (None, finding.code) for finding in found) for found in mine)
    return f"{100 * held / len(mine):.1f}% of {len(mine):,}" if mine else ""


def speed(code: str, outcome: Outcome) -> str:
    each = 1000 * outcome.screening / len(outcome.sent)
    return f"- {code}: {each:.2f} ms a submission for peers and screening; {outcome.likeness:.1f} s for likeness and bursts."


def main() -> None:
    folder, seed = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/data"), int(sys.argv[2] if len(sys.argv) > 2 else 1)
    missing = [name for name in FILES.values() if not (folder / name).is_file()]
    if missing:
        sys.exit(
            f"Screening is measured on real data, and {folder} lacks {', '.join(missing)}. Name the folder that has them."
        )
    outcomes = {code: run(folder / name, code, seed) for code, name in FILES.items()}
    speeds = (speed(code, outcome) for code, outcome in outcomes.items())
    sys.stdout.write("\n".join((*table(outcomes), NOTES.rstrip(), *speeds, "")))


if __name__ == "__main__":
    main()
