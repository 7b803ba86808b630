"""Limits: the most that may be asked, as the operator has set it and anybody may look it up."""

import strawberry


@strawberry.type(
    description="The most that may be asked of this service. What asks more is refused before it is executed, with a code "
    "and the way out."
)
class Limits:
    depth: int = strawberry.field(default=10, description="Fields within each other; introspection is limited by cost.")
    aliases: int = strawberry.field(
        default=15,
        description="Aliases of an operation; a field that is named again beside itself counts as one. What a fragment has "
        "counts wherever it is spread.",
    )
    tokens: int = strawberry.field(default=1_000, description="Names, numbers, texts and signs of a document.")
    letters: int = strawberry.field(default=20_000, description="Letters of a document, its spaces and comments among them.")
    values: int = strawberry.field(
        default=2_000, description="Values in the variables of an operation, within each other too."
    )
    directives: int = strawberry.field(default=8, description="Directives of an operation, counted like aliases.")
    operations: int = strawberry.field(default=10, description="Operations of a document, of which one is executed.")
    cost: int = strawberry.field(
        default=1_000,
        description="Points of an operation. A list counts by its page and a grouping by its groups, each with all that is "
        "asked of it. Every answer tells its own in `extensions.cost`.",
    )
    body_bytes: int = strawberry.field(default=100_000, description="Bytes of a request by HTTP.")
    page_size: int = strawberry.field(default=100, description="Records or submissions of a page.")
    statement_seconds: float = strawberry.field(default=5, description="Seconds of one statement in the database.")
    request_seconds: float = strawberry.field(
        default=10, description="Seconds of a query or mutation; a subscription has no end."
    )
    requests_at_once: int = strawberry.field(
        default=64, description="Queries and mutations that one serving process works on at the same time."
    )
    requests_waiting: int = strawberry.field(
        default=100, description="Those that wait for their turn in one; further ones are refused with OVERLOADED."
    )
    points_per_minute: int = strawberry.field(
        default=6_000,
        description="Points of one network and minute, as the headers RateLimit and RateLimit-Policy tell them; 0 for any "
        "number. An answer that is kept already counts one point.",
    )
    message_bytes: int = strawberry.field(default=256_000, description="Bytes of a message over a WebSocket.")
    operations_at_once: int = strawberry.field(default=20, description="Operations of a WebSocket at the same time.")
    init_seconds: float = strawberry.field(
        default=5, description="Seconds in which a WebSocket's `connection_init` is to come."
    )
    sockets: int = strawberry.field(
        default=5_000, description="WebSockets of one serving process at the same time; 0 for any number."
    )
    sockets_per_network: int = strawberry.field(
        default=100, description="WebSockets of one network at the same time; 0 for any number."
    )
