"""Gauges of several workers tell of those that live, however the others ended."""

import urllib.request
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.payrank_process import Served, eventually, serving
from support.records import SEVEN, publish
from support.serve_process import NO_ANSWER
from support.uvicorn_server import connected


def told(served: Served) -> dict[str, float]:
    """Samples by name, those of a name added up; none where the worker that was to answer has just ended."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=30) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
    except NO_ANSWER:
        return {}
    found: dict[str, float] = {}
    for one in (one for family in families for one in family.samples):
        found[one.name] = found.get(one.name, 0) + one.value
    return found


def workers(served: Served) -> list[psutil.Process]:
    return [one for one in served.others() if "spawn_main" in " ".join(one.cmdline())]


def tellers(folder: Path) -> set[int]:
    """Processes that gauges are kept of."""
    return {int(file.stem.rpartition("_")[2]) for file in folder.glob("payrank-metrics-*/gauge_*.db")}


@pytest.mark.slow
async def test_a_worker_that_was_killed_counts_no_longer(
    bare_environment: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    publish(database_url, SEVEN)
    own = {"DATABASE_URL": database_url, "WORKERS": "2", "POOL_SIZE": "3", "PUBLISH_SECONDS": "0"}
    environment = bare_environment | {f"PAYRANK_{name}": value for name, value in own.items()} | {"TMPDIR": str(tmp_path)}
    with serving(environment) as served:
        eventually(lambda: served.is_live() and len(tellers(tmp_path)) == 2)
        async with connected(served.port) as client:
            address = client.connection.local_address[1]
            eventually(lambda: told(served).get("payrank_sockets") == 1)
            [holder] = [
                one for one in workers(served) if address in {c.raddr.port for c in one.net_connections() if c.raddr}
            ]
            holder.kill()
            eventually(lambda: told(served).get("payrank_sockets") == 0)
        eventually(lambda: len(tellers(tmp_path)) == 2)
        assert tellers(tmp_path) == {one.pid for one in workers(served)}
        assert holder.pid not in tellers(tmp_path)
        assert eventually(lambda: told(served).get("payrank_edition_records")) == 7
