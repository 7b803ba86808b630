"""Rate limits by network, without keeping anybody's address: counts under a keyed hash of the prefix, for a day."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from service.intake.problem import Problem, ProblemCode
from service.intake.secret import Secret
from service.store.database import Database
from service.store.rates import count_up


@lru_cache(4_096)
def network_of(address: str) -> str:
    """The network that an address is of: /24 of IPv4, /48 of IPv6; anything else stands for itself.

    >>> network_of("203.0.113.77"), network_of("2001:db8:1:2::3"), network_of("::ffff:203.0.113.77"), network_of("pipe")
    ('203.0.113.0/24', '2001:db8:1::/48', '203.0.113.0/24', 'pipe')
    """
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address[:40]
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return str(ip_network((found, 24 if found.version == 4 else 48), strict=False))


@dataclass(frozen=True, slots=True)
class Limit:
    """So many a network and hour, counted in PostgreSQL for all processes; 0 stands for no limit."""

    per_hour: int
    secret: Secret

    async def check(self, database: Database, what: str, network: str) -> list[Problem]:
        """Count one more, and say when to try again where that is too many."""
        if not self.per_hour:
            return []
        hour = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
        id_ = self.secret.hashed("network", f"{hour:%Y-%m-%d} {what} {network}".encode())  # tells nothing across days
        if await count_up(database, id_, hour) <= self.per_hour:
            return []
        after = hour + timedelta(hours=1)
        minutes = -(-(after - datetime.now(UTC)) // timedelta(minutes=1))
        message = (
            f"At most {self.per_hour} an hour are taken from one network; "
            f"try again at {after:%H:%M} UTC, in {minutes} minute{'' if minutes == 1 else 's'}."
        )
        return [Problem(ProblemCode.RATE_LIMITED, message)]
