"""Receipts: the only way back to a submission. Shown to the contributor, kept as a hash.

A receipt is made of the idempotency key by the installation's secret: random for everybody else, and the same again when
the same submission is repeated because the first answer was lost on its way.
"""

import hashlib
import re
from base64 import b32decode, b32encode
from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from service.intake.secret import Secret

_SPACE = uuid5(NAMESPACE_URL, "payrank:submission")
_BYTES, _GROUP = 20, 4


def submission_id(key: str) -> UUID:
    """The id that an idempotency key leads to."""
    return uuid5(_SPACE, key)


class Receipt(NamedTuple):
    """What is given to the contributor, and what is kept of it."""

    text: str
    hash: bytes


def receipt_of(secret: Secret, key: str) -> Receipt:
    """160 bits in eight groups of four letters and digits.

    >>> receipt_of(Secret(b"a secret"), "a key of somebody").text
    'YKSH-XWHP-MGO3-CP3U-KNEP-OIIH-Y6DT-5GLB'
    """
    content = secret.hashed("receipt", key.encode())[:_BYTES]
    text = b32encode(content).decode()
    return Receipt("-".join([text[start : start + _GROUP] for start in range(0, len(text), _GROUP)]), _kept(content))


def receipt_hash(receipt: str) -> bytes | None:
    """What is kept of a receipt, however it is spaced and cased; None for what no receipt can be.

    >>> receipt_hash("abcd efgh") is None
    True
    >>> given = receipt_of(Secret(b"a secret"), "a key of somebody")
    >>> receipt_hash(given.text.lower().replace("-", "  ")) == given.hash
    True
    """
    plain = re.sub(r"[\s-]", "", receipt[:100]).upper()
    return _kept(b32decode(plain)) if re.fullmatch("[A-Z2-7]{32}", plain) else None


def _kept(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def digest_of(secret: Secret, told: Mapping[str, Any]) -> bytes:
    """The same for equal answers as JSON: tells a repeated submission from another under the same key."""
    return secret.hashed("digest", orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
