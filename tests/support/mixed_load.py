"""Concurrent clients that use all of the service at once, and record what it acknowledged.

Only one client at a time works on a submission, so its possible states are known: after an acknowledged change the new one,
after a change without a response the new one or the one before.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from threading import Event, Lock
from typing import Any
from uuid import UUID, uuid4

from service.intake.receipt import submission_id
from support.serve_process import NO_ANSWER, SUBMIT, nth_address, nth_input, post_query

_SEEN = "submission { id status } userErrors { code message }"
AMEND = (
    "mutation ($receipt: String!, $to: SalaryAmendmentInput!) "
    f'{{ done: amendSalary(receipt: $receipt, proof: "", changes: $to) {{ {_SEEN} }} }}'
)
WITHDRAW = f"mutation ($receipt: String!) {{ done: withdrawSalary(receipt: $receipt) {{ {_SEEN} }} }}"
DECIDE = (
    "mutation ($id: ID!, $decision: ReviewDecision!, $note: String!) "
    f"{{ done: reviewSubmission(id: $id, decision: $decision, note: $note) {{ {_SEEN} }} }}"
)
QUEUE = "{ reviewQueue(first: 1) { nodes { submission { id } } } }"
PAGE = "{ cohort { size by(factor: ROLE) { cohort { size } } } salaryRecords(first: 20) { totalCount } }"
_HELD_SHARE = 6
"""One in this many contributors reports a bonus of twice the base salary, which is held for a moderator."""


@dataclass
class Contribution:
    """One contributor's submission: its receipt once acknowledged, and the base salaries that it may have now.

    A base salary of None means withdrawn; `changed` is whether its contributor has tried to change it.
    """

    input: dict[str, Any]
    receipt: str = ""
    pays: set[int | None] = field(default_factory=set)
    changed: bool = False


class ServiceGone(Exception):
    """The service, or its database, no longer responds."""


class Load:
    """Contributors that submit, amend and withdraw, readers, and a moderator with a token."""

    def __init__(self, port: int, rng: random.Random, *, submitters: int = 5, changers: int = 2) -> None:
        self.port, self.bearer, self._rng = port, "", rng
        self.contributions: dict[UUID, Contribution] = {}
        self.tried: dict[str, tuple[UUID, str]] = {}
        """The submission and decision by the note of the review; `decided` has the notes of those acknowledged."""
        self.decided: set[str] = set()
        self.acknowledged: Counter[str] = Counter()
        self._lock, self._numbers, self._idle = Lock(), count(), deque[Contribution]()
        self._roles = (*[self._submit] * submitters, *[self._change] * changers, self._decide, self._read)

    def run_until(self, submitted: int, kills: Iterable[Callable[[], object]]) -> None:
        """Run until that many more submissions are acknowledged, then kill, and run until no client gets a response."""
        goal, reached = self.acknowledged["submitted"] + submitted, Event()
        killed, failed = Event(), Event()

        def client(role: Callable[[], str]) -> None:
            with suppress(ServiceGone):
                while not failed.is_set():
                    if role == self._read and killed.is_set():  # the page comes from memory, without a database
                        return
                    done = role()
                    with self._lock:
                        self.acknowledged[done] += 1
                        if self.acknowledged["submitted"] >= goal:
                            reached.set()

        with ThreadPoolExecutor(len(self._roles)) as clients:
            running = [clients.submit(client, role) for role in self._roles]
            try:
                assert reached.wait(120), "too few submissions were acknowledged in time"
                for kill in kills:
                    kill()
                killed.set()
                for one in running:
                    one.result(120)
            except BaseException:
                failed.set()
                raise

    def _submit(self) -> str:
        number = next(self._numbers)
        answers = nth_input(number)
        answers["equity"] = 0  # so that its total compensation is known
        answers["bonus"] = 2 * answers["baseSalary"] if number % _HELD_SHARE == 0 else 10_000
        one = Contribution(answers, pays={answers["baseSalary"]})
        self.contributions[submission_id(answers["idempotencyKey"])] = one
        found = self._execute(SUBMIT, nth_address(number), input=answers)["submitSalary"]
        assert not found["userErrors"], found
        one.receipt = found["receipt"]
        self._idle.append(one)
        return "submitted"

    def _change(self) -> str:
        """Amend or withdraw an idle submission; one whose change got no response is not used again."""
        if not self._idle:
            return "nothing to change"
        one = self._idle.popleft()
        withdrawn = self._rng.random() < 1 / 3
        to = None if withdrawn else self._rng.randrange(150_000, 190_000)
        one.changed, one.pays = True, one.pays | {to}
        what = (
            self._execute(WITHDRAW, receipt=one.receipt)
            if withdrawn
            else self._execute(AMEND, receipt=one.receipt, to={"baseSalary": to})
        )
        assert not what["done"]["userErrors"], what
        one.pays = {to}
        if withdrawn:
            return "withdrawn"
        self._idle.append(one)
        return "amended"

    def _decide(self) -> str:
        waiting = self._execute(QUEUE)["reviewQueue"]["nodes"]
        if not waiting:
            return "nothing to decide"
        id_, decision, note = waiting[0]["submission"]["id"], self._rng.choice(("ACCEPT", "REJECT")), f"Decided: {uuid4()}"
        self.tried[note] = UUID(id_), decision.lower()
        found = self._execute(DECIDE, id=id_, decision=decision, note=note)["done"]
        if found["userErrors"]:  # its contributor changed it first
            return "nothing to decide"
        self.decided.add(note)
        return "decided"

    def _read(self) -> str:
        self._execute(PAGE)
        return "read"

    def _execute(self, query: str, address: str = "", **variables: Any) -> dict[str, Any]:
        try:
            found = post_query(self.port, query, self.bearer, address, **variables)
        except NO_ANSWER as error:
            raise ServiceGone from error
        if "errors" in found:
            assert found["errors"][0]["extensions"]["code"] in ("OVERLOADED", "TIMEOUT"), found
            raise ServiceGone
        data: dict[str, Any] = found["data"]
        return data
