"""Receipts: the only way back to a submission. Shown to the contributor once, stored as a hash.

A receipt is derived from the idempotency key and the installation's secret: it cannot be guessed, and it is the same
if a submission is repeated because its first response was lost.
"""

import hashlib
import re
from base64 import b32decode, b32encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from service.intake.access import Secret

_NAMESPACE = uuid5(NAMESPACE_URL, "payrank:submission")
_BYTES, _GROUP = 20, 4


def submission_id(key: str) -> UUID:
    """The submission id derived from an idempotency key."""
    return uuid5(_NAMESPACE, key)


def flag_id(secret: Secret, record: UUID, network: str) -> UUID:
    """The id of a network's flag of a record: a keyed hash, so that a second one is the same and none names its network."""
    return UUID(bytes=secret.keyed_hash("flag", f"{record} {network}".encode())[:16])


class Receipt(NamedTuple):
    """The text shown to the contributor, and the hash that is stored."""

    text: str
    hash: bytes


def receipt_of(secret: Secret, key: str) -> Receipt:
    """The receipt of an idempotency key: 160 bits in eight groups of four letters and digits.

    >>> receipt_of(Secret(b"a secret"), "a key of somebody").text
    'YKSH-XWHP-MGO3-CP3U-KNEP-OIIH-Y6DT-5GLB'
    """
    content = secret.keyed_hash("receipt", key.encode())[:_BYTES]
    text = b32encode(content).decode()
    return Receipt("-".join([text[start : start + _GROUP] for start in range(0, len(text), _GROUP)]), _hash(content))


def receipt_hash(receipt: str) -> bytes | None:
    """The stored hash of a receipt, ignoring spacing and case; None if the text cannot be a receipt.

    >>> receipt_hash("abcd efgh") is None
    True
    >>> receipt = receipt_of(Secret(b"a secret"), "a key of somebody")
    >>> receipt_hash(receipt.text.lower().replace("-", "  ")) == receipt.hash
    True
    """
    plain = re.sub(r"[\s-]", "", receipt[:100]).upper()
    return _hash(b32decode(plain)) if re.fullmatch("[A-Z2-7]{32}", plain) else None


def _hash(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def digest_of(secret: Secret, answers: Mapping[str, Any]) -> bytes:
    """A keyed digest of answers as JSON: equal for a repeated submission, different for another under the same key."""
    return secret.keyed_hash("digest", orjson.dumps(answers, option=orjson.OPT_SORT_KEYS))
