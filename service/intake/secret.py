"""The secret of an installation, and what is made of it: keys for proofs, receipts, digests and networks."""

import hmac
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Secret:
    """One random secret; each purpose has a key of its own, so that no use of one tells anything of another."""

    value: bytes = field(repr=False)
    _keys: dict[str, bytes] = field(default_factory=dict, repr=False, compare=False)

    def hashed(self, purpose: str, content: bytes) -> bytes:
        """32 bytes that only the holder of the secret can work out.

        >>> Secret(b"a").hashed("x", b"1") == Secret(b"a").hashed("y", b"1")
        False
        """
        return hmac.digest(self.key(purpose), content, "sha256")

    def key(self, purpose: str) -> bytes:
        if purpose not in self._keys:
            self._keys[purpose] = hmac.digest(self.value, purpose.encode(), "sha256")
        return self._keys[purpose]
