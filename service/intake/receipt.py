"""Receipts: the only way back to a submission. Shown to the contributor, kept as a hash.

A receipt is made of the idempotency key by the installation's secret: random for everybody else, and the same again when
the same submission is repeated because the first answer was lost on its way.
"""

import hashlib
import re
from base64 import b32decode, b32encode
from collections.abc import Mapping
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

import orjson

from service.intake.secret import Secret

_SPACE = uuid5(NAMESPACE_URL, "payrank:submission")
_BYTES, _GROUP = 20, 4


def submission_id(key: str) -> UUID:
    """The id that an idempotency key leads to."""
    return uuid5(_SPACE, key)


def receipt_of(secret: Secret, key: str) -> str:
    """160 bits in eight groups of four letters and digits.

    >>> receipt_of(Secret(b"a secret"), "a key of somebody")
    'YKSH-XWHP-MGO3-CP3U-KNEP-OIIH-Y6DT-5GLB'
    """
    text = b32encode(secret.hashed("receipt", key.encode())[:_BYTES]).decode()
    return "-".join([text[start : start + _GROUP] for start in range(0, len(text), _GROUP)])


def receipt_hash(receipt: str) -> bytes | None:
    """What is kept of a receipt, however it is spaced and cased; None for what no receipt can be.

    >>> receipt_hash("abcd efgh") is None
    True
    >>> given = "YKSH-XWHP-MGO3-CP3U-KNEP-OIIH-Y6DT-5GLB"
    >>> receipt_hash(given.lower().replace("-", "  ")) == receipt_hash(given)
    True
    """
    plain = re.sub(r"[\s-]", "", receipt[:100]).upper()
    if not re.fullmatch("[A-Z2-7]{32}", plain):
        return None
    return hashlib.sha256(b32decode(plain)).digest()


def digest_of(secret: Secret, told: Mapping[str, Any]) -> bytes:
    """The same for equal answers as JSON: tells a repeated submission from another under the same key."""
    return secret.hashed("digest", orjson.dumps(told, option=orjson.OPT_SORT_KEYS))
