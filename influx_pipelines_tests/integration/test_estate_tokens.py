"""Tokens over HTTP: made with their rights, replaced without a reader seeing 401, deleted."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import apply, observe, plan
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.tokens.store import TokenStore
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Forbidden, InfluxError, Unauthorized
from influx_pipelines.influx.models import Authorization
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.conftest import ROOT
from influx_pipelines_tests.proxy import Proxy

DECLARED = """
buckets:
  - name: mine
  - name: other
tokens:
  - name: writer
    description: Writes into mine
    grace: 1s
    permissions:
      - {resource: buckets, actions: [read, write], buckets: [mine]}
"""


class World:
    """A folder with a declaration, and a server."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client, self.home = client, folder
        self.folder = folder / "estate"
        self.folder.mkdir(exist_ok=True)
        self.ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
        self.store = TokenStore.beside(self.ledger)
        self.declare(DECLARED)

    def declare(self, text: str) -> None:
        (self.folder / "estate.yaml").write_text(text)

    def plan(self, *, prune: bool = False, now: float | None = None) -> Plan:
        observed = observe(self.client)
        return plan(load(self.folder), observed, self.ledger, prune=prune, now=now)

    def apply(self, planned: Plan | None = None, **options: Any) -> Applied:
        return apply(planned or self.plan(), self.client, self.ledger, **options)

    def ask(self) -> None:
        """Ask for a rotation."""
        self.ledger.change_token("writer", lambda record: replace(record, due=True))

    @property
    def secret(self) -> str:
        return self.store.path("writer").read_text()

    @property
    def ours(self) -> list[Authorization]:
        return [token for token in self.client.tokens() if token.description.endswith(MARKER)]

    @contextmanager
    def as_writer(self) -> Iterator[Influx]:
        """Somebody who uses the published secret."""
        with Influx(self.client.url, self.secret, self.client.org, retry_seconds=0) as client:
            yield client


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    return World(influx, tmp_path)


def test_the_token_may_do_what_is_declared_and_no_more(world: World) -> None:
    assert not world.apply().failed
    assert world.plan() == Plan()
    (token,) = world.ours
    assert token.description == f"writer: Writes into mine {MARKER}"
    with world.as_writer() as writer:
        writer.write_lines(b"m f=1", bucket="mine")
        with pytest.raises((Forbidden, Unauthorized)):
            writer.write_lines(b"m f=1", bucket="other")
        assert writer.request("GET", "/api/v2/authorizations")["authorizations"] == []


def test_the_shipped_tokens_are_enough_for_their_jobs(world: World) -> None:
    world.declare((ROOT / "estate/buckets.yaml").read_text())
    (world.folder / "tokens.yaml").write_text((ROOT / "estate/tokens.yaml").read_text())
    assert not world.apply().failed
    assert world.plan() == Plan()
    task = 'option task = {name: "t", every: 1h} from(bucket: "argocd") |> range(start: -1h)'
    secrets = {name: world.store.path(name).read_text() for name in ("telegraf", "tasks")}
    url, org = world.client.url, world.client.org
    with Influx(url, secrets["telegraf"], org) as telegraf:
        for bucket in ("monitoring", "cert_manager"):
            telegraf.write_lines(b"m f=1", bucket=bucket)
        with pytest.raises((Forbidden, Unauthorized)):
            telegraf.write_lines(b"m f=1", bucket="WeatherAPI")
    with Influx(url, secrets["tasks"], org, retry_seconds=0) as tasks:
        body = {"orgID": tasks.org_id, "flux": task}
        made = tasks.request("POST", "/api/v2/tasks", json=body)
        tasks.request("DELETE", f"/api/v2/tasks/{made['id']}")
        assert {bucket.name for bucket in tasks.buckets()} >= {"argocd", "_tasks"}
        with pytest.raises((Forbidden, Unauthorized)):
            tasks.create_bucket("no", retention_seconds=0)


def test_readers_never_see_401_while_tokens_are_rotated_and_old_ones_deleted(world: World) -> None:
    world.apply()
    stop, refused, reads = threading.Event(), [], []

    def read() -> None:
        while not stop.is_set():
            try:
                with world.as_writer() as writer:
                    writer.query('from(bucket: "mine") |> range(start: -1h)')
                    reads.append(writer.transport.token)
            except InfluxError as error:
                refused.append(str(error))

    readers = [threading.Thread(target=read) for _ in range(2)]
    for reader in readers:
        reader.start()
    try:
        for _ in range(2):
            world.ask()
            assert "replaced" in world.apply().summary()
            time.sleep(1.1)
            assert "1 token deleted" in world.apply().summary()
            assert world.plan() == Plan()
    finally:
        stop.set()
        for reader in readers:
            reader.join()
    assert refused == []
    assert len(set(reads)) == 3
    assert len(world.ours) == 1


def test_the_old_token_works_for_its_grace(world: World) -> None:
    world.declare(DECLARED.replace("1s", "1h"))
    world.apply()
    old = world.secret
    world.ask()
    world.apply()
    assert (world.secret != old, world.plan(), len(world.ours)) == (True, Plan(), 2)
    with Influx(world.client.url, old, world.client.org) as reader:
        reader.query('from(bucket: "mine") |> range(start: -1h)')
    world.apply(world.plan(now=time.time() + 3_601))
    assert len(world.ours) == 1


def test_a_token_follows_its_bucket_when_that_is_made_anew(world: World) -> None:
    world.apply()
    bucket = world.client.find_bucket("mine")
    assert bucket is not None
    world.client.delete_bucket(bucket)
    planned = world.plan()
    assert ("token", "replace") in {(change.kind, change.action) for change in planned.changes}
    assert not world.apply(planned).failed
    with world.as_writer() as writer:
        writer.write_lines(b"m f=1", bucket="mine")


def test_what_cannot_be_published_is_rolled_back(world: World) -> None:
    world.apply()
    before, old = world.ours, world.secret
    world.ask()
    (failed,) = world.apply(token_command="false").failed
    assert "false failed with exit status 1" in failed.error
    assert "unchanged" in failed.error
    assert (world.ours, world.secret) == (before, old)
    assert not world.apply().failed


def test_a_command_keeps_the_secret_instead_of_a_file(world: World) -> None:
    script = world.home / "keep"
    script.write_text(f'#!/bin/sh\ncat > "{world.home}/$1"\n')
    script.chmod(0o700)
    assert not world.apply(token_command=str(script)).failed
    assert not world.store.folder.exists()
    assert world.plan() == Plan()
    with Influx(world.client.url, (world.home / "writer").read_text(), world.client.org) as writer:
        writer.write_lines(b"m f=1", bucket="mine")


def test_an_answer_that_is_lost_leaves_no_token_that_nobody_knows(
    world: World, server: Connection, org: str
) -> None:
    lost: list[int] = []

    def lose(method: str, path: str, number: int) -> str | None:
        if method == "POST" and path == "/api/v2/authorizations" and not lost:
            lost.append(number)
            return "lose"
        return None

    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        proxy.fault = lose
        assert not apply(world.plan(), client, world.ledger).failed
    assert lost
    assert len(world.ours) == 1
    assert world.plan() == Plan()


@pytest.mark.parametrize("moment", ["create_token", "publish"])
def test_an_apply_that_is_killed_is_made_good_by_the_next(
    world: World, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    world.apply()
    world.ask()
    owner = {"create_token": Influx, "publish": TokenStore}[moment]
    real = getattr(owner, moment)

    def kill(*given: Any) -> None:
        real(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(owner, moment, kill)
    with pytest.raises(KeyboardInterrupt):
        world.apply()
    monkeypatch.undo()
    assert len(world.ours) == 2
    assert not world.apply().failed
    world.apply(world.plan(now=time.time() + 2))
    assert (len(world.ours), world.plan()) == (1, Plan())
    with world.as_writer() as writer:
        writer.write_lines(b"m f=1", bucket="mine")


def test_a_bucket_that_stays_as_it_was_is_there_for_a_token(world: World) -> None:
    """A refused change of a bucket was taken for a missing bucket, and the token was skipped."""
    world.declare(DECLARED[: DECLARED.index("tokens:")])
    world.apply()
    world.declare(DECLARED.replace("  - name: mine", "  - name: mine\n    retention: 7d"))
    applied = world.apply()
    states = {(r.change.kind, r.change.action): r.state for r in applied.results}
    assert states["bucket", "update"] == "skipped"
    assert states["token", "create"] == "done"
    assert states["dbrp_mapping", "replace"] == "skipped"  # its policy is named by the retention


def test_pruning_needs_the_fingerprint_and_takes_only_ours(world: World) -> None:
    rights = [{"action": "read", "resource": {"type": "buckets", "orgID": world.client.org_id}}]
    theirs = world.client.create_token("writer: theirs", rights, lambda: None).token
    world.apply()
    world.declare("buckets:\n  - name: mine\n  - name: other\n")
    planned = world.plan(prune=True)
    assert world.apply(planned).summary() == "1 token skipped"
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert [token.id for token in world.client.tokens()] == [theirs.id]
    assert not world.store.path("writer").exists()


def test_a_token_that_cannot_read_what_it_makes_makes_nothing(world: World) -> None:
    """Its list is empty whatever is there: each apply would have made another token."""
    world.client.create_bucket("mine", retention_seconds=0)
    world.client.create_bucket("other", retention_seconds=0)
    org_id = world.client.org_id
    user = world.client.request("GET", "/api/v2/me")["id"]
    rights: list[dict[str, Any]] = [
        {"action": action, "resource": {"type": "buckets", "orgID": org_id}}
        for action in ("read", "write")
    ]
    rights += [
        {"action": "write", "resource": {"type": "authorizations", "orgID": org_id}},
        {"action": "write", "resource": {"type": "users", "id": user}},
        {"action": "read", "resource": {"type": "orgs", "id": org_id}},
    ]
    made = world.client.create_token("narrow", rights, lambda: None)
    secret = made.secret.get_secret_value()
    with Influx(world.client.url, secret, world.client.org, retry_seconds=0) as narrow:
        planned = plan(
            load(world.folder), observe(narrow, ("token",)), world.ledger, kinds=("token",)
        )
        (failed,) = apply(planned, narrow, world.ledger).failed
    assert "read authorizations" in failed.error
    assert not world.store.path("writer").exists()
