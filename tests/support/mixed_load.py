"""Clients of a service that do all at once that it can be asked for, and what each of them was told.

A contribution that somebody is busy with is nobody else's meanwhile, so what it may have come to is known: after an
acknowledged change the one thing, after one without an answer that or what was before.
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
from support.serve_process import NO_ANSWER, SUBMIT, answers, ask

_SEEN = "submission { id status } userErrors { code message }"
AMEND = (
    "mutation ($receipt: String!, $to: SalaryAmendmentInput!) "
    f"{{ done: amendSalary(receipt: $receipt, changes: $to) {{ {_SEEN} }} }}"
)
WITHDRAW = f"mutation ($receipt: String!) {{ done: withdrawSalary(receipt: $receipt) {{ {_SEEN} }} }}"
DECIDE = (
    "mutation ($id: ID!, $decision: ReviewDecision!, $note: String!) "
    f"{{ done: reviewSubmission(id: $id, decision: $decision, note: $note) {{ {_SEEN} }} }}"
)
QUEUE = "{ reviewQueue(first: 1) { nodes { submission { id } } } }"
PAGE = "{ cohort { size by(factor: ROLE) { cohort { size } } } salaryRecords(first: 20) { totalCount } }"
_DOUBTFUL = 6
"""Of so many contributors one tells a bonus of twice the pay, which a moderator is to look at."""


@dataclass
class Contribution:
    """One contributor's: its receipt once it is acknowledged, and the base salaries that it may have now.

    None stands for a withdrawn one; `changed` is whether its contributor has tried to change it.
    """

    given: dict[str, Any]
    receipt: str = ""
    pays: set[int | None] = field(default_factory=set)
    changed: bool = False


class Gone(Exception):
    """The service, or what it needs, does not answer any more."""


class Load:
    """Contributors, who submit, amend and withdraw, readers, and a moderator with a token."""

    def __init__(self, port: int, rng: random.Random) -> None:
        self.port, self.bearer, self._rng = port, "", rng
        self.contributions: dict[UUID, Contribution] = {}
        self.tried: dict[str, tuple[UUID, str]] = {}
        """Decisions by their note: what on, and which; `decided` has the notes of those acknowledged."""
        self.decided: set[str] = set()
        self.acknowledged: Counter[str] = Counter()
        self._lock, self._numbers, self._idle = Lock(), count(), deque[Contribution]()
        self._roles = (*[self._submit] * 5, self._change, self._change, self._decide, self._read)

    def run_until(self, submitted: int, kills: Iterable[Callable[[], object]]) -> None:
        """Go on until so many more submissions are acknowledged; then kill, and go on until nobody gets an answer."""
        goal, reached, killed = self.acknowledged["submitted"] + submitted, Event(), Event()

        def client(role: Callable[[], str]) -> None:
            with suppress(Gone):
                while role != self._read or not killed.is_set():  # what is in memory is answered without a database
                    done = role()
                    with self._lock:
                        self.acknowledged[done] += 1
                        if self.acknowledged["submitted"] >= goal:
                            reached.set()

        with ThreadPoolExecutor(len(self._roles)) as clients:
            running = [clients.submit(client, role) for role in self._roles]
            assert reached.wait(120)
            for kill in kills:
                kill()
            killed.set()
            for one in running:
                one.result()

    def _submit(self) -> str:
        number = next(self._numbers)
        given = answers(number)
        if number % _DOUBTFUL == 0:
            given["bonus"] = 2 * given["baseSalary"]
        one = Contribution(given, pays={given["baseSalary"]})
        self.contributions[submission_id(given["idempotencyKey"])] = one
        found = self._asked(SUBMIT, input=given)["submitSalary"]
        assert not found["userErrors"], found
        one.receipt = found["receipt"]
        self._idle.append(one)
        return "submitted"

    def _change(self) -> str:
        """Amend or withdraw what nobody else is busy with; what was not answered is never taken up again."""
        if not self._idle:
            return "nothing to change"
        one = self._idle.popleft()
        withdrawn = self._rng.random() < 1 / 3
        to = None if withdrawn else self._rng.randrange(150_000, 190_000)
        one.changed, one.pays = True, one.pays | {to}
        what = (
            self._asked(WITHDRAW, receipt=one.receipt)
            if withdrawn
            else self._asked(AMEND, receipt=one.receipt, to={"baseSalary": to})
        )
        assert not what["done"]["userErrors"], what
        one.pays = {to}
        if withdrawn:
            return "withdrawn"
        self._idle.append(one)
        return "amended"

    def _decide(self) -> str:
        waiting = self._asked(QUEUE)["reviewQueue"]["nodes"]
        if not waiting:
            return "nothing to decide"
        id_, decision, note = waiting[0]["submission"]["id"], self._rng.choice(("ACCEPT", "REJECT")), f"Decided: {uuid4()}"
        self.tried[note] = UUID(id_), decision.lower()
        found = self._asked(DECIDE, id=id_, decision=decision, note=note)["done"]
        if found["userErrors"]:  # its contributor was faster
            return "nothing to decide"
        self.decided.add(note)
        return "decided"

    def _read(self) -> str:
        self._asked(PAGE)
        return "read"

    def _asked(self, query: str, **variables: Any) -> dict[str, Any]:
        try:
            found = ask(self.port, query, self.bearer, **variables)
        except NO_ANSWER as error:
            raise Gone from error
        if "errors" in found:
            assert found["errors"][0]["extensions"]["code"] in ("OVERLOADED", "TIMEOUT"), found
            raise Gone
        data: dict[str, Any] = found["data"]
        return data
