"""Gauges of several workers count only those that run, however the others ended."""

import urllib.request
from pathlib import Path

import psutil
import pytest
from prometheus_client.parser import text_string_to_metric_families
from support.payrank_process import ServeProcess, eventually, serving
from support.records import SEVEN, publish
from support.serve_process import NO_ANSWER
from support.uvicorn_server import connected


def samples(served: ServeProcess) -> dict[str, float]:
    """The sums of samples by name; empty if the worker that should respond has just been killed."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{served.port}/metrics", timeout=30) as answer:
            families = list(text_string_to_metric_families(answer.read().decode()))
    except NO_ANSWER:
        return {}
    found: dict[str, float] = {}
    for one in (one for family in families for one in family.samples):
        found[one.name] = found.get(one.name, 0) + one.value
    return found


def workers(served: ServeProcess) -> list[psutil.Process]:
    return [one for one in served.others() if "spawn_main" in " ".join(one.cmdline())]


def with_gauges(folder: Path) -> set[int]:
    """The processes whose gauges are stored."""
    return {int(file.stem.rpartition("_")[2]) for file in folder.glob("payrank-metrics-*/gauge_*.db")}


@pytest.mark.slow
async def test_a_killed_worker_is_no_longer_counted(
    bare_environment: dict[str, str], database_url: str, tmp_path: Path
) -> None:
    publish(database_url, SEVEN)
    own = {"DATABASE_URL": database_url, "WORKERS": "2", "POOL_SIZE": "3", "RELEASE_DAYS": "0"}
    environment = bare_environment | {f"PAYRANK_{name}": value for name, value in own.items()} | {"TMPDIR": str(tmp_path)}
    with serving(environment) as served:
        eventually(lambda: len(with_gauges(tmp_path)) == 2)
        async with connected(served.port) as client:
            address = client.connection.local_address[1]
            eventually(lambda: samples(served).get("payrank_sockets") == 1)
            [holder] = [
                one for one in workers(served) if address in {c.raddr.port for c in one.net_connections() if c.raddr}
            ]
            holder.kill()
            eventually(lambda: samples(served).get("payrank_sockets") == 0)
        eventually(lambda: len(with_gauges(tmp_path)) == 2)
        assert with_gauges(tmp_path) == {one.pid for one in workers(served)}
        assert holder.pid not in with_gauges(tmp_path)
        assert eventually(lambda: samples(served).get("payrank_edition_records")) == 7
