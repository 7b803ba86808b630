"""The attacks of `bench.privacy` over the sample model, on the engine of the releases; large ones slow."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from bench.privacy import first_design_attacks as first_design
from bench.privacy.__main__ import FAKES, FIRST_DESIGN_FAKES, Simulation
from bench.privacy.accuracy import median_errors, published_share, rounded_laplace, share_with_level, world_errors
from bench.privacy.attacks import Strategy, isolate, reidentify, subtract
from bench.privacy.contributors import RELEASES_A_YEAR
from service.vocabulary.contribution_class import INVITATION_SCHEDULE

K = 10
SMALL, LARGE = 3_000, 10_000


@pytest.fixture(scope="module")
def small() -> Simulation:
    return Simulation(SMALL, 1, K)


@pytest.fixture(scope="module")
def large() -> Simulation:
    return Simulation(LARGE, 1, K)


def test_a_seed_gives_the_same_history() -> None:
    first, again = (Simulation(1_000, 1, K).history.batches for _ in range(2))
    assert len(first) == len(again) > 20
    assert all((one.dollars == other.dollars).all() for one, other in zip(first, again, strict=True))


@pytest.mark.slow
def test_more_contributors_are_published_with_every_release(small: Simulation) -> None:
    shares = [published_share(small.history, stage) for stage in (1, 4, 8, 13, 26)]
    assert all(first < second for first, second in pairwise(shares))
    assert published_share(small.history, 13) > 0.57
    assert share_with_level(small.history, 13) > 0.30
    assert median_errors(small.history, 13).weighted < 0.071


def test_all_published_fields_find_a_record_in_one_of_k_cases(small: Simulation) -> None:
    found = reidentify(small.history, 26)
    assert found.largest == 1 / K
    assert found.by_fields < 1 / K


def test_an_attacker_with_the_pay_model_and_the_batch_finds_about_a_quarter(small: Simulation) -> None:
    found = reidentify(small.history, RELEASES_A_YEAR)
    assert 1 / K < found.nearest <= 0.25
    assert found.nearest < found.likeliest <= 0.28  # more than the goal, which is reached from 10,000 a year on


def test_fewer_than_k_networks_leave_a_victim_among_k_minus_m(small: Simulation) -> None:
    victims = small.victims(100)
    for fakes in (1, 4, K - 2):
        found = isolate(small.history, victims, (fakes,), K)
        assert found.isolated == 0
        assert found.fewest >= K - fakes


def test_k_networks_isolate_a_victim_alone_in_role_level_and_country(small: Simulation) -> None:
    """What the documentation admits: more networks do not find more, unless they also empty the class before."""
    victims = small.victims(100)
    ten, twenty, waves = (
        isolate(small.history, victims, fakes, K).isolated
        for fakes in ((10,), (20,), FAKES["20 fakes, half of them a release earlier"])
    )
    assert 0.1 < ten == twenty < waves


def test_any_two_releases_differ_by_k_in_each_class(small: Simulation) -> None:
    found = subtract(small.history, 0.2, K, np.random.default_rng(1))
    assert found.fewest_come >= K
    assert found.fewest_gone >= K
    assert 0 < found.left < found.withdrawn


def test_levels_do_not_multiply_the_influence_of_networks(small: Simulation) -> None:
    one, every, counted = (
        float(np.median([each.moved(5, strategy) for each in small.targets[:6]])) for strategy in Strategy
    )
    assert max(one, every) < 0.06 < counted


@pytest.mark.slow
def test_weights_correct_world_medians() -> None:
    """Medians of roles are a fifth too high, those of families 5%, those weighted by noisy numbers 2% off on average."""
    found = []
    for seed in (1, 2):
        rng = np.random.default_rng(seed)
        history = Simulation(6_000, seed, K).history
        found.append(world_errors(history, RELEASES_A_YEAR, partial(rounded_laplace, rng)))
    assert np.mean([one.roles for one in found]) > 0.15
    assert np.mean([one.families for one in found]) > 0.03
    assert abs(np.mean([one.weighted_families for one in found])) < 0.02
    assert max(abs(one.weighted_families) for one in found) < 0.05


def test_the_rules_in_service_are_attacked_with_more_success(small: Simulation) -> None:
    people = first_design.candidates(small.contributors)[:1_000]
    assert first_design.reidentified(people, range(30)) > 0.5
    assert first_design.isolated(people, range(5), FIRST_DESIGN_FAKES) > 0.5


@pytest.mark.slow
def test_goals_of_the_design_at_ten_thousand_a_year(large: Simulation) -> None:
    assert published_share(large.history, 13) > 0.69
    assert share_with_level(large.history, 13) > 0.50
    assert median_errors(large.history, 13).weighted < 0.06
    found = reidentify(large.history, 26)
    assert (found.largest, found.likeliest <= 0.25) == (1 / K, True)
    victims = large.victims(300)
    assert isolate(large.history, victims, (4,), K).isolated == 0
    assert isolate(large.history, victims, (10,), K).isolated < 0.25


@pytest.mark.slow
def test_the_engine_of_invitations_isolates_more_with_the_finer_classes() -> None:
    """Why they are off by default."""
    plain = Simulation(LARGE, 1, K, invited=True)
    finer = Simulation(LARGE, 1, K, INVITATION_SCHEDULE, invited=True)
    isolated = [isolate(one.history, one.victims(300), (10,), K).isolated for one in (plain, finer)]
    assert isolated[0] < isolated[1]
    assert published_share(plain.history, 26) > published_share(finer.history, 26)
