"""The contents of an index, or of any part of one, as plain values that can be compared."""

from typing import Any

import numpy as np

from service.index.bitmaps import PositionSets
from service.index.order import Order


def contents(part: object) -> Any:
    """Nested dictionaries and tuples; arrays with their dtype."""
    match part:
        case Order():
            return contents(part.rows), contents(part.values), contents(part.sets), part.carriers
        case PositionSets():
            return dict(part.values), dict(part.reported), dict(part.months), part.everyone
        case np.ndarray():
            return part.dtype.name, part.tolist()
        case dict():
            return {key: contents(value) for key, value in part.items()}
    names = getattr(part, "__dataclass_fields__", None) or getattr(part, "_fields", None)
    return {name: contents(getattr(part, name)) for name in names} if names else part
