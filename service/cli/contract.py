"""`payrank sdl`."""

from schema import contract


def sdl() -> None:
    """Print the GraphQL schema."""
    print(contract.sdl(), end="")  # noqa: T201
