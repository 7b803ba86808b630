"""The section on labor condition applications, in Markdown."""

from collections.abc import Sequence

from bench.validation.filing import STATE_RECORDS
from bench.validation.measurement import Filings
from bench.validation.occupations import ROLE_RECORDS, STATES, Occupation
from bench.validation.tables import correlated, dollars, equal, percent, table

NEAR, MANY, FEW = 0.15, 20, 5


def fields(found: Filings) -> dict[str, object]:
    """What page.md has of them."""
    compared = found.compared
    return {
        "lca_equal": equal(found.exactness),
        "lca_groups": found.exactness.groups,
        "lca_rows": f"{found.count:,}",
        "others": _listed(found.others),
        "role_records": ROLE_RECORDS,
        "state_records": STATE_RECORDS,
        "states": STATES,
        "many": MANY,
        "few": FEW,
        "by_state": _by_state(compared),
        "levels": _levels(compared),
        "reasons": _reasons(compared),
        "roles": "\n".join(f"- {one.title}: {', '.join(f'`{role}`' for role in one.roles)}" for one in compared),
        "inflation": f"{100 * found.inflation:.1f}%",
        **_correlations(compared),
        **_differences(compared),
        **_extremes(compared),
    }


def _correlations(compared: Sequence[Occupation]) -> dict[str, object]:
    told = [(one.by_role, one.by_code) for one in compared if one.by_role]
    rhos = [by_role.rho for by_role, _ in told]
    codes = [by_code.rho - by_role.rho for by_role, by_code in told if by_code]
    return {
        "least": f"{min(rhos):.2f}",
        "most": f"{max(rhos):.2f}",
        "least_many": f"{min(by_role.rho for by_role, _ in told if by_role.count >= MANY):.2f}",
        "unsure": sum(by_role.low < 0 for by_role, _ in told),
        "correlated": len(told),
        "codes_higher": sum(step > 0 for step in codes),
        "codes_lower": sum(step < 0 for step in codes),
    }


def _differences(compared: Sequence[Occupation]) -> dict[str, object]:
    filed = [filing for one in compared for filing in one.filed]
    return {
        "occupations": len(compared),
        "near_limit": percent(NEAR),
        "near": sum(abs(one.ratios[2] - 1) <= NEAR for one in compared),
        "p10_above": sum(one.ratios[0] > 1 for one in compared),
        "p90_below": sum(one.ratios[-1] < 1 for one in compared),
        "floor_below": sum(one.floor < 1 for one in compared),
        "at_floor": percent(sum(filing.offered <= filing.floor for filing in filed) / len(filed)),
    }


def _extremes(compared: Sequence[Occupation]) -> dict[str, object]:
    """Of the largest occupation, and of the one whose median lies furthest above that of OEWS."""
    largest, furthest = compared[0], max(compared, key=lambda one: one.ratios[2])
    return {
        "developers": percent(largest.ratios[2]),
        "developers_floor": percent(largest.floor),
        "developers_states": percent(largest.same_states or 0.0),
        "furthest": furthest.title,
        "furthest_ratio": f"{furthest.ratios[2]:.2f}",
        "furthest_states": f"{furthest.same_states:.2f}",
        "furthest_ten": percent(furthest.ten_employers),
    }


def _listed(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else "".join(names)


def _by_state(compared: Sequence[Occupation]) -> str:
    header = ("occupation", "records", "on target", "reached", "states", "rank correlation", "by code")
    return table(
        header,
        (
            (
                f"{one.title} ({one.code})",
                f"{one.asked.count:,}",
                percent(one.shared / one.asked.count),
                percent(one.shared / len(one.filed)),
                str(len(one.states)),
                correlated(one.by_role),
                f"{one.by_code.rho:.2f} ({one.by_code.count})" if one.by_code else "",
            )
            for one in compared
        ),
    )


def _levels(compared: Sequence[Occupation]) -> str:
    header = ("occupation", "median, PayRank", "median, OEWS", "P10", "P25", "P50", "P75", "P90", "by code")
    return table(
        header,
        (
            (
                one.title,
                dollars(one.asked.median),
                dollars(one.official.median),
                *(f"{ratio:.2f}" for ratio in one.ratios),
                f"{one.own.median / one.official.median:.2f}",
            )
            for one in compared
        ),
    )


def _reasons(compared: Sequence[Occupation]) -> str:
    header = ("occupation", "P50", "same states", "prevailing wage", "at the floor", "ten employers")
    return table(
        header,
        (
            (
                one.title,
                f"{one.ratios[2]:.2f}",
                f"{one.same_states:.2f} ({len(one.states)})" if one.same_states and len(one.states) >= FEW else "",
                f"{one.floor:.2f}",
                percent(one.at_floor),
                percent(one.ten_employers),
            )
            for one in compared
        ),
    )
