"""Mistakes as people make them, planted into honest answers. Each kind says whether it has an effect on these answers."""

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import islice
from math import inf
from uuid import UUID

from bench.honest import Case, whole
from service.intake.recent import Recent
from service.vocabulary.answers import Answers
from service.vocabulary.factors import Factor
from service.vocabulary.local_currency import LOCAL_CURRENCY
from service.vocabulary.money import Rates

EFFECTS = ((1.5, "off by under 1.5 times"), (3, "off by 1.5 to 3 times"), (inf, "off by over 3 times"))
"""Wrong currencies are counted apart by how much more or less pay they tell."""
NEXT = "next currency in the list"
HIGH_LEVELS = ("staff", "principal", "executive")
Planter = Callable[[Answers, random.Random, Rates], Answers]


def _scaled(answers: Answers, factor: float) -> Answers:
    """All amounts, since who mistakes the unit mistakes it throughout."""

    def scaled(amount: int | None) -> int | None:
        return None if amount is None else round(amount * factor)

    return replace(
        answers,
        base=max(1, round(answers.base * factor)),
        bonus=scaled(answers.bonus),
        equity=scaled(answers.equity),
        initial_offer=scaled(answers.initial_offer),
    )


def _unit(*spans: float) -> Planter:
    return lambda answers, rng, rates: _scaled(answers, 1 / rng.choice(spans))


def _gross(factor: float) -> Planter:
    return lambda answers, rng, rates: replace(answers, base=max(1, whole(answers.base * factor)))


def _neighbour(answers: Answers, rng: random.Random, rates: Rates) -> Answers:
    """The next in the list of currencies was chosen."""
    at = rates.currencies.index(answers.currency)
    return replace(answers, currency=rates.currencies[at + 1 if at + 1 < len(rates.currencies) else at - 1])


def _default(answers: Answers, rng: random.Random, rates: Rates) -> Answers:
    """The form's first choice was left as it was."""
    return replace(answers, currency="USD")


def _dollars(answers: Answers, rng: random.Random, rates: Rates) -> Answers:
    """Told in US dollars under the country's currency."""
    return replace(_scaled(answers, rates.usd(answers.currency, answers.effective // 12)), currency=answers.currency)


def _career(answers: Answers, rng: random.Random, rates: Rates) -> Answers:
    """Level and years from opposite ends."""
    level, years = rng.choice((("entry", rng.randint(15, 35)), (rng.choice(HIGH_LEVELS), rng.randint(0, 1))))
    return replace(answers, one={**answers.one, Factor.LEVEL: level, Factor.EXPERIENCE: str(years)})


def _bonus(answers: Answers, rng: random.Random, rates: Rates) -> Answers:
    return replace(answers, bonus=whole(answers.base * rng.uniform(1.1, 3)))


KINDS: dict[str, Planter] = {
    "hourly as yearly": _unit(2_080),
    "weekly or two-weekly as yearly": _unit(52, 26),
    "monthly as yearly": _unit(12),
    "thousands for units": _unit(1_000),
    NEXT: _neighbour,
    "local amount told as US dollars": _default,
    "US dollars told as local amount": _dollars,
    "experience against level": _career,
    "bonus over base": _bonus,
    "five times the pay": _gross(5),
    "a fifth of the pay": _gross(1 / 5),
    "ten times the pay": _gross(10),
    "a tenth of the pay": _gross(1 / 10),
}


ABROAD = ("local amount told as US dollars", "US dollars told as local amount")


def applies(kind: str, honest: Answers) -> bool:
    return kind not in ABROAD or honest.currency == LOCAL_CURRENCY.get(honest.one.get(Factor.COUNTRY, "")) != "USD"


def _named(kind: str, honest: Answers, planted: Answers, rates: Rates) -> str:
    """Wrong currencies are told apart by what they do to the pay."""
    if kind not in (*ABROAD, NEXT):
        return kind
    year = honest.effective // 12
    told, true = (one.base * rates.usd(one.currency, year) for one in (planted, honest))
    times = max(told / true, true / told)
    return next(f"{kind}, pay {words}" for most, words in EFFECTS if times < most)


@dataclass(frozen=True, slots=True)
class Sent:
    """A submission with what is true of it: `kind` is empty for an honest one."""

    recent: Recent
    case: Case
    kind: str


def plant(cases: Sequence[Case], rng: random.Random, rates: Rates, share: float, start: datetime) -> list[Sent]:
    """The cases sent at random times within 30 days, so many of them with a mistake of each kind, and others sent twice."""
    each = round(len(cases) * share)
    kinds = _chosen(cases, each)
    sent = []
    for number, case in enumerate(cases):
        kind = kinds.get(number, "")
        wrong = KINDS[kind](case.answers, rng, rates) if kind else case.answers
        kind = _named(kind, case.answers, wrong, rates)
        sent.append(_sent(replace(case, answers=wrong), kind, start + rng.random() * timedelta(days=30), rng))
    crowded = _crowds(sent, each, rng)
    return [*crowded, *_again([one for one in crowded if not one.kind], each, rng)]


def _chosen(cases: Sequence[Case], each: int) -> dict[int, str]:
    """The kind of mistake by the number of the case; the cases are in random order. Kinds for few cases choose first."""
    chosen: dict[int, str] = {}
    for kind in sorted(KINDS, key=lambda kind: kind not in ABROAD):
        able = (n for n, case in enumerate(cases) if n not in chosen and applies(kind, case.answers))
        chosen |= dict.fromkeys(islice(able, each), kind)
    return chosen


def _sent(case: Case, kind: str, at: datetime, rng: random.Random) -> Sent:
    return Sent(Recent(UUID(int=rng.getrandbits(128)), at, case.answers), case, kind)


def _again(honest: Sequence[Sent], each: int, rng: random.Random) -> list[Sent]:
    """The same answers within a day; half with the pay changed by up to 1%."""
    copies = []
    for number, one in enumerate(rng.sample(honest, 2 * each)):
        at = one.recent.submitted_at + rng.random() * timedelta(days=1)
        change = rng.uniform(0.99, 1.01) if number % 2 else 1.0
        answers = replace(one.case.answers, base=round(one.case.answers.base * change))
        kind = "told twice, pay changed by up to 1%" if number % 2 else "told twice"
        copies.append(_sent(replace(one.case, answers=answers), kind, at, rng))
    return copies


def _crowds(sent: Sequence[Sent], each: int, rng: random.Random) -> list[Sent]:
    """Crowds of 10 to 40 within an hour: people of all kinds with one employer, or people of one role and place."""
    honest = [one for one in sent if not one.kind]
    moved: dict[UUID, Sent] = {}
    while len(moved) < each:
        first, size = rng.choice(honest), rng.randint(10, 40)
        alike = [one for one in honest if _kind_of_work(one) == _kind_of_work(first)]
        by_employer = len(moved) % 2 == 0 or len(alike) < size
        members = rng.sample(honest if by_employer else alike, size)
        employer = first.recent.employer or "new-employer"
        for member in members:
            at = first.recent.submitted_at + rng.random() * timedelta(hours=1)
            one = {**member.case.answers.one, **({Factor.EMPLOYER: employer} if by_employer else {})}
            case = replace(member.case, answers=replace(member.case.answers, one=one))
            kind = "burst of one employer" if by_employer else "burst of one role and place"
            moved[member.recent.id] = Sent(Recent(member.recent.id, at, case.answers), case, kind)
    return [moved.get(one.recent.id, one) for one in sent]


def _kind_of_work(one: Sent) -> tuple[str, str]:
    return one.case.answers.one[Factor.ROLE], one.recent.place
