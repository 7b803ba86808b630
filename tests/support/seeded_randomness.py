"""Randomness of releases that is the same in each of several worlds, so that whatever differs has another cause."""

from random import Random
from types import SimpleNamespace
from uuid import UUID

import pytest

from service.intake import batches
from support import stored_submissions


def seed_randomness(monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Seed the ids and the order of records, and the ids of submissions written straight to the database."""
    rng = Random(seed)

    def next_id() -> UUID:
        return UUID(int=rng.getrandbits(128), version=4)

    monkeypatch.setattr(batches, "secrets", SimpleNamespace(randbits=rng.getrandbits, SystemRandom=lambda: rng))
    monkeypatch.setattr(batches, "uuid4", next_id)
    monkeypatch.setattr(stored_submissions, "uuid4", next_id)
