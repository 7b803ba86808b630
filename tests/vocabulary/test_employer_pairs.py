"""500 pairs of employer names, labelled by reading them: how many are resolved to one employer or to one parent.

`python -m bench.employer_names draw FILE` drew the pairs of employer_pairs.csv from the labor condition applications of the
first quarter of FY2024; the seed is in that module.
"""

import csv
import gzip
from pathlib import Path

import pytest

from bench.employer_names import Resolver, draw_pairs, halves, read_pairs, report, similar_pairs
from service.vocabulary.employers import MIN_SIMILARITY

PAIRS = read_pairs()
RESOLVER = Resolver()


def test_pairs_are_500_different_ones_with_labels() -> None:
    assert len({(pair.a, pair.b) for pair in PAIRS}) == len(PAIRS) == 500
    assert {pair.label for pair in PAIRS} == {"same", "group", "different"}


@pytest.mark.parametrize("half", ["development", "held out"])
def test_precision_and_recall_of_either_half(half: str) -> None:
    measured = RESOLVER.measure(halves(PAIRS)[half])
    assert measured.precision >= 0.98
    assert measured.recall >= 0.88


def test_the_threshold_of_similarity_is_the_smallest_that_is_precise_in_development() -> None:
    development, held_out = halves(PAIRS).values()
    assert similar_pairs(development, MIN_SIMILARITY)[False] == 0
    assert similar_pairs(development, MIN_SIMILARITY - 0.01)[False] > 0
    assert similar_pairs(held_out, MIN_SIMILARITY)[False] == 0


def test_the_documentation_quotes_the_measurement() -> None:
    text = Path("docs/importing.md").read_text(encoding="utf-8")
    assert [line for line in report(PAIRS, RESOLVER) if line not in text] == []


@pytest.mark.slow
@pytest.mark.real_data
def test_the_pairs_are_those_that_the_seed_draws(data_files: Path) -> None:
    path = data_files / "us_dol_lca_fy2024q1_certified_fulltime.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        drawn = draw_pairs(row["EMPLOYER_NAME"] for row in csv.DictReader(file))
    assert drawn == [(pair.a, pair.b) for pair in PAIRS]
