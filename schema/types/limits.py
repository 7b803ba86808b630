"""The type `Limits`; names, numbers and descriptions are those of the registry."""

from schema.types.definitions import define_type
from service.limits import LIMITS, Limits

__all__ = ["Limits"]

define_type(
    Limits,
    "The limits of this service. A request that exceeds one is rejected before it is executed, with an error code and advice.",
    {name: limit.description for name, limit in LIMITS.items()},
)
