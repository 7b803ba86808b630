"""Candidates: submissions that may become records, with their answers in the numbers of the taxonomy."""

from dataclasses import dataclass
from uuid import UUID

import orjson

from service.intake.anonymisation import NEVER, Candidate
from service.intake.pay import Pay, possible
from service.store.publication import Contribution
from service.vocabulary.answers import Answers
from service.vocabulary.factors import Factor
from service.vocabulary.money import Rates
from service.vocabulary.taxonomy import Taxonomy

GOOD = ("accepted", "published")


@dataclass(frozen=True, slots=True)
class Told:
    """A submission and what it tells, read once."""

    of: Contribution
    answers: Answers

    @property
    def id(self) -> UUID:
        return self.of.id

    @property
    def good(self) -> bool:
        return self.of.status in GOOD


def told(contribution: Contribution) -> Told:
    return Told(contribution, Answers.from_json(orjson.loads(contribution.answers)))


def candidate(answers: Answers, employers: dict[str, int], taxonomy: Taxonomy, rates: Rates) -> Candidate | None:
    """What could be published of answers; None when they cannot be a record, since none has such pay or is of no place."""
    pay = Pay(answers.currency, answers.base, answers.bonus, answers.equity)
    if pay.currency not in rates or not possible(pay, rates.usd(pay.currency, answers.effective // 12)):
        return None
    told = {factor: taxonomy.known(factor, code) for factor, code in answers.one.items() if factor not in NEVER}
    one = {factor: value.id for factor, value in told.items() if value}
    if Factor.ROLE not in one or Factor.COUNTRY not in one:
        return None
    if employer := employers.get(answers.employer or ""):
        one[Factor.EMPLOYER] = employer
    lists = {factor: [taxonomy.known(factor, code) for code in codes] for factor, codes in answers.many.items()}
    many = {factor: [value.id for value in values if value] for factor, values in lists.items()}
    return Candidate(one, many, answers.effective, pay)
