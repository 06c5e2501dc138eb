"""Random faults between us and the server: whatever breaks, a repeat finishes the work."""

from __future__ import annotations

import random
import signal
from pathlib import Path

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.server.connection import Connection
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded
from influx_pipelines_tests.proxy import Proxy

DAY = 86_400


def apply_with_faults(
    proxy: Proxy, server: Connection, org: str, folder: Path, faults: int, seed: int
) -> int:
    """Apply a changing declaration while requests are refused or their answers lost.

    Returns the number of faults that were met.
    """
    dice = random.Random(seed)
    met = 0

    def fault(method: str, path: str, number: int) -> str | None:
        nonlocal met
        if met >= faults or dice.random() > 0.15:
            return None
        met += 1
        return dice.choice(["refuse", "lose"])

    proxy.fault = fault
    while met < faults:
        names = dice.sample(range(30), 12)
        specs = {f"b{n}": BucketSpec(f"b{n}", dice.choice([DAY, 7 * DAY, 0])) for n in names}
        declared = Estate(specs, "declared")
        with Influx(proxy.url, server.token, org, retry_seconds=0.3) as client:
            try:
                ledger = Ledger.open(folder / "ledger.json", "server", client.org_id)
                planned = estate.plan(declared, estate.observe(client), ledger)
                estate.apply(planned, client, ledger, allow_data_loss=planned.fingerprint)
            except InfluxError:
                continue
    proxy.fault = lambda method, path, number: None
    with Influx(proxy.url, server.token, org) as client:
        ledger = Ledger.open(folder / "ledger.json", "server", client.org_id)
        for _ in range(3):  # buckets, their mappings, and what a crash left half done
            planned = estate.plan(declared, estate.observe(client), ledger)
            assert not estate.apply(
                planned, client, ledger, allow_data_loss=planned.fingerprint
            ).failed
        planned = estate.plan(declared, estate.observe(client), ledger)
        assert planned.changes == ()
        assert planned.conflicts == ()
        names = [bucket.name for bucket in client.buckets()]
        assert len(names) == len(set(names))
    return met


def test_an_apply_heals_after_faults(server: Connection, org: str, tmp_path: Path) -> None:
    with Proxy(server.url) as proxy:
        assert apply_with_faults(proxy, server, org, tmp_path, faults=12, seed=1) == 12


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_an_apply_heals_after_two_hundred_faults(
    server: Connection, org: str, tmp_path: Path
) -> None:
    with Proxy(server.url) as proxy:
        assert apply_with_faults(proxy, server, org, tmp_path, faults=200, seed=2) == 200


@pytest.mark.proof
@pytest.mark.embedded_process
@pytest.mark.timeout(1200)
def test_no_acknowledged_write_is_lost_in_fifty_kills(tmp_path: Path) -> None:
    server = Embedded(tmp_path / "data", free_port())
    server.start()
    server.set_up()
    written = 0
    for _ in range(50):
        for _ in range(20):
            line = f"m f={written} {1_577_836_800_000_000_000 + written}".encode()
            answer = server.request("POST", "/api/v2/write?org=org&bucket=first", body=line)
            assert answer.status == 204
            written += 1
        server.stop(signal.SIGKILL)
        server.start()
    flux = 'from(bucket: "first") |> range(start: 0) |> count()'
    answer = server.request("POST", "/api/v2/query?org=org", json={"query": flux})
    assert f",{written}\r\n" in answer.data.decode() or f",{written}," in answer.data.decode()
    server.stop()
