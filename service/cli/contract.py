"""`payrank sdl`."""


def sdl() -> None:
    """Print the GraphQL schema."""
    from schema import schema as contract  # noqa: PLC0415 - no other command needs it

    print(contract.sdl(), end="")  # noqa: T201
