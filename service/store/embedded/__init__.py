"""An embedded PostgreSQL server that runs while at least one process uses it."""

from service.store.embedded.server import cluster_exists, embedded_server, server_running

__all__ = ["cluster_exists", "embedded_server", "server_running"]
