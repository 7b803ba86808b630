"""Contributed pay under the rules in service and the first ones: `python -m bench.privacy [--contributors N ...]`.

Contributors of the sample model go through the releases of two years, made by the engine of `service.intake`; then the
attacks are tried. Prints tables in Markdown. The results of a seed are always the same.
"""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from math import isnan

import numpy as np
import numpy.typing as npt

from bench.markdown import table
from bench.privacy import first_design_attacks as first_design
from bench.privacy.accuracy import median_errors, published_share, share_with_level, world_errors
from bench.privacy.attacks import Strategy, Target, cohorts_of_size, isolate, reidentify, subtract
from bench.privacy.contributors import RELEASES_A_YEAR, TAXONOMY, Contributors, draw_contributors
from bench.privacy.history import NEVER, History, run_releases
from service.limits import DEFAULT_CLASS_SIZE
from service.vocabulary.contribution_class import INVITATION_SCHEDULE, RELEASE_SCHEDULE, ReleaseSchedule
from service.vocabulary.factors import Factor

Indexes = npt.NDArray[np.int64]
RELEASES = 2 * RELEASES_A_YEAR
STAGES = (1, 4, 8, RELEASES_A_YEAR)
VICTIMS, COHORTS = 300, 9
COHORT_SIZE, WITHDRAWN_SHARE = 80, 0.01
NETWORKS = (5, 50)
MAX_CURRENT = 10_000
"""Contributors a year up to which the first design and invitations are attacked too, which takes minutes."""
CURRENT_VICTIMS, CURRENT_COHORTS = 30, 5
FAKES: dict[str, tuple[int, ...]] = {
    "4 fakes": (4,),
    "10 fakes": (10,),
    "20 fakes, half of them a release earlier": (10, 10),
}
FIRST_DESIGN_FAKES = 4
Row = tuple[str, ...]


@dataclass(frozen=True)
class Simulation:
    """Two years of `a_year` contributors each, and the attacks on them."""

    a_year: int
    seed: int
    k: int
    schedule: ReleaseSchedule = field(default_factory=lambda: RELEASE_SCHEDULE)
    invited: bool = False
    one_employer: bool = False

    def rng(self, purpose: int) -> np.random.Generator:
        """A generator for one purpose, so that no attack changes the draws of another."""
        return np.random.default_rng([self.seed, self.a_year, purpose])

    @cached_property
    def contributors(self) -> Contributors:
        drawn = 3 * self.a_year if self.one_employer else self.a_year  # of whom half are in the country
        found = draw_contributors(self.rng(0), drawn, RELEASES, self.schedule, invited=self.invited)
        return at_one_employer(found, 2 * self.a_year, self.rng(10)) if self.one_employer else found

    @cached_property
    def history(self) -> History:
        return run_releases(self.contributors, RELEASES, self.k, self.rng(1))

    @cached_property
    def targets(self) -> list[Target]:
        """The cohorts of a year's contributors that poisoning is tried on."""
        first_year = draw_contributors(self.rng(2), self.a_year, RELEASES_A_YEAR, self.schedule)
        published = run_releases(first_year, RELEASES_A_YEAR, self.k, self.rng(3))
        return [
            Target.of(first_year, cohort, self.k, self.seed) for cohort in cohorts_of_size(published, COHORT_SIZE, COHORTS)
        ]

    def victims(self, number: int) -> Indexes:
        """Contributors of the second year, when some are always waiting."""
        second = np.flatnonzero(self.contributors.arrivals >= RELEASES_A_YEAR)
        return np.sort(self.rng(4).choice(second, min(number, len(second)), replace=False))


def at_one_employer(contributors: Contributors, number: int, rng: np.random.Generator) -> Contributors:
    """A number of the contributors from one country, as the members of one employer there."""
    country = TAXONOMY.find(Factor.COUNTRY, "us").id
    inside = np.flatnonzero(contributors.people.ids[Factor.COUNTRY] == country)
    members = contributors.subset(np.sort(rng.choice(inside, number, replace=False)))
    employer = np.full(number, TAXONOMY.find(Factor.EMPLOYER, "example-search").id)
    return replace(members, people=replace(members.people, ids={**members.people.ids, Factor.EMPLOYER: employer}))


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def signed(share: float) -> str:
    return "none" if isnan(share) else f"{100 * share:+.1f}%"


def published_rows(simulations: Sequence[Simulation]) -> Iterator[Row]:
    for stage in STAGES:
        yield (
            f"published after {stage} release{'s' if stage > 1 else ''}, with the level",
            *(_published(one.history, stage) for one in simulations),
        )
    yield ("published after two years, with the level", *(_published(one.history, RELEASES) for one in simulations))
    at_once = [_at_once(one) for one in simulations]
    for stage in (4, 8):
        yield (
            f"published after {stage} releases if all arrive at once",
            *(percent(published_share(one, stage)) for one in at_once),
        )
    errors = [median_errors(one.history, RELEASES_A_YEAR) for one in simulations]
    yield ("cohorts of role and country with records after a year", *(f"{one.cohorts:,}" for one in errors))
    yield ("mean error of their medians", *(percent(one.mean) for one in errors))
    yield ("the same, by number of people", *(percent(one.weighted) for one in errors))
    worlds = [world_errors(one.history, RELEASES_A_YEAR) for one in simulations]
    yield ("world medians of roles, unweighted", *(signed(one.roles) for one in worlds))
    yield ("world medians of families that have a weighted one, unweighted", *(signed(one.families) for one in worlds))
    yield ("the same, weighted by noisy numbers of contributors", *(signed(one.weighted_families) for one in worlds))


def _published(history: History, after: int) -> str:
    return f"{percent(published_share(history, after))}, {percent(share_with_level(history, after))}"


def _at_once(one: Simulation) -> History:
    people = draw_contributors(one.rng(5), one.a_year, RELEASES_A_YEAR, one.schedule, at_once=True)
    return run_releases(people, RELEASES_A_YEAR, one.k, one.rng(6))


def release_attack_rows(simulations: Sequence[Simulation]) -> Iterator[Row]:
    """The attacks that invitations allow as well."""
    first = [reidentify(one.history, RELEASES_A_YEAR) for one in simulations]
    both = [reidentify(one.history, RELEASES) for one in simulations]
    yield ("found by all published fields, at best", *(percent(one.largest) for one in both))
    yield ("found by all published fields, on average", *(percent(one.by_fields) for one in both))
    yield ("found as nearest to the expected pay, first year", *(percent(one.nearest) for one in first))
    yield ("found as likeliest, first year", *(percent(one.likeliest) for one in first))
    yield ("found as likeliest, two years", *(percent(one.likeliest) for one in both))
    for name, fakes in FAKES.items():
        found = [isolate(one.history, one.victims(VICTIMS), fakes, one.k) for one in simulations]
        yield (
            f"isolated by {name} (fewest honest contributors in a batch)",
            *(f"{percent(one.isolated)} ({one.fewest or 'none'})" for one in found),
        )


def attack_rows(simulations: Sequence[Simulation]) -> Iterator[Row]:
    yield from release_attack_rows(simulations)
    subtracted = [subtract(one.history, WITHDRAWN_SHARE, one.k, one.rng(7)) for one in simulations]
    yield (
        "fewest records added, removed in any class between any two releases",
        *(f"{one.fewest_come}, {one.fewest_gone or 'none removed'}" for one in subtracted),
    )
    yield (
        f"records withdrawn ({WITHDRAWN_SHARE:.0%} a release), of these removed before they retire",
        *(f"{one.withdrawn:,}, {percent(one.left / max(one.withdrawn, 1))}" for one in subtracted),
    )
    for networks in NETWORKS:
        for strategy in Strategy:
            name = f"median of {COHORT_SIZE} moved by {networks} networks: {strategy.value}"
            yield (name, *(percent(_moved(one, networks, strategy)) for one in simulations))


def _moved(one: Simulation, networks: int, strategy: Strategy) -> float:
    return float(np.median([target.moved(networks, strategy) for target in one.targets]))


def current_rows(one: Simulation) -> Iterator[Row]:
    people = first_design.candidates(one.contributors)[: one.a_year]
    victims = one.rng(9).choice(len(people), VICTIMS, replace=False).tolist()
    yield (
        "re-identified by an attacker who knows all answers except pay",
        percent(first_design.reidentified(people, victims)),
    )
    few = victims[:CURRENT_VICTIMS]
    yield (f"isolated by {FIRST_DESIGN_FAKES} fakes", percent(first_design.isolated(people, few, FIRST_DESIGN_FAKES)))
    for networks in NETWORKS:
        moved = [
            first_design.poisoned(people, cohort, networks)
            for cohort in [target.cohort for target in one.targets[:CURRENT_COHORTS]]
        ]
        yield (f"{networks} networks move a cohort of about {COHORT_SIZE} within an hour", percent(float(np.median(moved))))


def invitation_rows(simulations: Sequence[Simulation]) -> Iterator[Row]:
    kinds = list(INVITATION_SCHEDULE)[:2]
    for kind in kinds:
        shares = ((one.history, [batch.class_.kind is kind for batch in one.history.batches]) for one in simulations)
        yield (
            f"published in two years as {kind.value}",
            *(percent(float(np.append(of_kind, False)[history.batch].mean())) for history, of_kind in shares),
        )
    out = [one.history.batch != NEVER for one in simulations]
    yield ("published in two years in any class", *(percent(float(one.mean())) for one in out))
    yield from release_attack_rows(simulations)


def print_section(title: str, header: Sequence[str], rows: Iterator[Row]) -> None:
    sys.stdout.write(f"### {title}\n\n{table(header, rows)}\n\n")
    sys.stdout.flush()


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m bench.privacy", description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument(
        "--contributors", type=int, nargs="+", default=[3_000], help="contributors a year, one or more numbers"
    )
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--k", type=int, default=DEFAULT_CLASS_SIZE, help="minimum number of contributors released together in a class"
    )
    chosen = parser.parse_args(arguments)
    simulations = [Simulation(number, chosen.seed, chosen.k) for number in chosen.contributors]
    header = ["contributors a year", *(f"{number:,}" for number in chosen.contributors)]
    print_section("What contributors get", header, published_rows(simulations))
    print_section("Attacks on the current rules", header, attack_rows(simulations))
    for one in simulations:
        if one.a_year <= MAX_CURRENT:
            title = f"Attacks on the previous rules (generalisation): {one.a_year:,} contributors"
            print_section(title, ("", "success"), current_rows(one))
            print_section(*_invitations(one.a_year, chosen.seed, chosen.k))


def _invitations(number: int, seed: int, k: int) -> tuple[str, Sequence[str], Iterator[Row]]:
    compared: dict[str, Callable[[], Simulation]] = {
        "world": lambda: Simulation(number, seed, k, RELEASE_SCHEDULE, invited=True),
        "world, finer": lambda: Simulation(number, seed, k, INVITATION_SCHEDULE, invited=True),
        "one employer": lambda: Simulation(number, seed, k, RELEASE_SCHEDULE, invited=True, one_employer=True),
        "one employer, finer": lambda: Simulation(number, seed, k, INVITATION_SCHEDULE, invited=True, one_employer=True),
    }
    rows = invitation_rows([make() for make in compared.values()])
    return f"By invitation: {number:,} a year without and with the two finer classes", ["", *compared], rows


if __name__ == "__main__":
    main()
