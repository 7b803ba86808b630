"""The embedded PostgreSQL: a server of our own that runs while someone uses it."""

from service.store.embedded.server import embedded_server, server_runs

__all__ = ["embedded_server", "server_runs"]
