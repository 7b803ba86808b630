"""Limits: the most that may be asked, as the operator has set it and anybody may look it up."""

import strawberry

from service.limits import POINTS_PER_QUERY
from service import limits as usual


@strawberry.type(
    description="The most that may be asked of this service. What asks more is refused before it is executed, with a code "
    "and the way out."
)
class Limits:
    depth: int = strawberry.field(
        default=usual.DEPTH, description="Fields within each other; introspection is limited by cost."
    )
    aliases: int = strawberry.field(
        default=usual.ALIASES,
        description="Aliases of an operation; a field that is named again beside itself counts as one. What a fragment has "
        "counts wherever it is spread.",
    )
    tokens: int = strawberry.field(default=usual.TOKENS, description="Names, numbers, texts and signs of a document.")
    characters: int = strawberry.field(
        default=usual.CHARACTERS, description="Characters of a document, its spaces and comments among them."
    )
    values: int = strawberry.field(
        default=usual.VALUES, description="Values in the variables of an operation, within each other too."
    )
    directives: int = strawberry.field(
        default=usual.DIRECTIVES, description="Directives of an operation, counted like aliases."
    )
    operations: int = strawberry.field(
        default=usual.OPERATIONS, description="Operations of a document, of which one is executed."
    )
    cost: int = strawberry.field(
        default=usual.COST,
        description="Points of an operation. A list counts by its page and a grouping by its groups, each with all that is "
        "asked of it. Every answer tells its own in `extensions.cost`.",
    )
    body_bytes: int = strawberry.field(default=usual.BODY_BYTES, description="Bytes of a request by HTTP.")
    page_size: int = strawberry.field(default=usual.PAGE_SIZE, description="Records or submissions of a page.")
    statement_seconds: float = strawberry.field(
        default=usual.STATEMENT_SECONDS, description="Seconds of one statement in the database."
    )
    request_seconds: float = strawberry.field(
        default=usual.REQUEST_SECONDS, description="Seconds of a query or mutation; a subscription has no end."
    )
    concurrent_requests: int = strawberry.field(
        default=usual.CONCURRENT_REQUESTS,
        description="Queries and mutations that one serving process works on at the same time.",
    )
    queued_requests: int = strawberry.field(
        default=usual.QUEUED_REQUESTS,
        description="Those that wait for their turn in one; further ones are refused with OVERLOADED.",
    )
    points_per_minute: int = strawberry.field(
        default=usual.QUERIES_PER_MINUTE * POINTS_PER_QUERY,
        description="Points of one network and minute, as the headers RateLimit and RateLimit-Policy tell them; 0 for any "
        "number. An answer that is kept already counts one point.",
    )
    message_bytes: int = strawberry.field(default=usual.MESSAGE_BYTES, description="Bytes of a message over a WebSocket.")
    concurrent_operations: int = strawberry.field(
        default=usual.CONCURRENT_OPERATIONS, description="Operations of a WebSocket at the same time."
    )
    init_seconds: float = strawberry.field(
        default=usual.INIT_SECONDS, description="Seconds in which a WebSocket's `connection_init` is to come."
    )
    sockets: int = strawberry.field(
        default=usual.SOCKETS, description="WebSockets of one serving process at the same time; 0 for any number."
    )
    sockets_per_network: int = strawberry.field(
        default=usual.SOCKETS_PER_NETWORK, description="WebSockets of one network at the same time; 0 for any number."
    )
