"""Limits: the most that is taken unless the operator says otherwise, as the settings begin with it and the API tells it."""

CHARACTERS = 20_000
TOKENS = 1_000
OPERATIONS = 10
DEPTH = 10
ALIASES = 15
DIRECTIVES = 8
COST = 1_000
"""Of a document and of each of its operations; the last in points."""

VALUES = 2_000
BODY_BYTES = 100_000
PAGE_SIZE = 100
"""Of a request: values in its variables, bytes, and records of a page."""

REQUEST_SECONDS = 10
STATEMENT_SECONDS = 5

CONCURRENT_REQUESTS = 64
QUEUED_REQUESTS = 100
"""Of one process."""

QUERIES_PER_MINUTE, POINTS_PER_QUERY = 60, 100
"""Of one network."""

MESSAGE_BYTES = 256_000
INIT_SECONDS = 5
CONCURRENT_OPERATIONS = 20
"""Of a WebSocket."""

SOCKETS = 5_000
SOCKETS_PER_NETWORK = 100
"""Of one process, and of one network in it."""
