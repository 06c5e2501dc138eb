"""Applying a declaration to a server over HTTP."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.apply import Applied
from influx_pipelines.estate.kinds.label import LabelEntry
from influx_pipelines.estate.labels import names_on
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.proxy import Proxy

DAY, WEEK = 86_400, 604_800


class Applying:
    """A client, its ledger, and a declaration that tests change."""

    def __init__(self, client: Influx, folder: Path) -> None:
        self.client = client
        self.ledger = Ledger.open(folder / "ledger.json", client.url, client.org_id)
        self.specs: dict[str, BucketSpec] = {}

    def declare(self, name: str, retention: int = WEEK, **more: object) -> None:
        self.specs[name] = BucketSpec(name, retention, **more)  # type: ignore[arg-type]

    def plan(self, *, prune: bool = False) -> Plan:
        observed = estate.observe(self.client)
        return estate.plan(Estate(self.specs), observed, self.ledger, prune=prune)

    def apply(self, *, prune: bool = False, **options: object) -> Applied:
        """Plan and apply until mappings of new buckets are made too."""
        applied = estate.apply(self.plan(prune=prune), self.client, self.ledger, **options)  # type: ignore[arg-type]
        again = self.plan(prune=prune)
        if applied.failed or not again.changes:
            return applied
        return estate.apply(again, self.client, self.ledger, **options)  # type: ignore[arg-type]

    def policies(self, database: str) -> list[tuple[str, bool]]:
        found = [m for m in self.client.dbrps() if not m.virtual and m.database == database]
        return [(mapping.retention_policy, mapping.default) for mapping in found]


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> Applying:
    return Applying(influx, tmp_path)


def test_a_second_apply_finds_nothing_to_change(world: Applying) -> None:
    world.declare("a", description="text")
    world.declare("b", 0)
    assert not world.apply().failed
    assert world.plan().changes == ()
    bucket = world.client.find_bucket("a")
    assert bucket is not None
    assert bucket.retention_seconds == WEEK
    assert [label.name for label in bucket.labels] == [LABEL]
    assert world.policies("a") == [("1w", True)]
    assert world.policies("b") == [("infinite", True)]


def test_nothing_unowned_is_touched(world: Applying) -> None:
    world.client.create_bucket("theirs", retention_seconds=WEEK, description="hands off")
    world.declare("theirs", DAY)
    world.apply(prune=True)
    found = world.client.find_bucket("theirs")
    assert found is not None
    assert (found.retention_seconds, found.description) == (WEEK, "hands off")
    assert found.labels == ()
    assert [finding.name for finding in world.plan().conflicts] == ["theirs"]


def test_adopting_makes_it_ours(world: Applying) -> None:
    world.client.create_bucket("theirs", retention_seconds=WEEK)
    world.declare("theirs", 2 * WEEK, adopt=True)
    assert not world.apply().failed
    assert world.plan().changes == ()
    found = world.client.find_bucket("theirs")
    assert found is not None
    assert found.retention_seconds == 2 * WEEK


def test_a_loss_needs_the_fingerprint_of_exactly_this_plan(world: Applying) -> None:
    world.declare("a")
    world.apply()
    world.declare("a", DAY)
    before = world.plan()
    for wrong in (None, "yes", "0123456789ab"):
        results = estate.apply(before, world.client, world.ledger, allow_data_loss=wrong).results
        assert [result.state for result in results] == ["skipped", "skipped"]
        assert before.fingerprint in results[0].error
        assert "needs the bucket a" in results[1].error
    estate.apply(before, world.client, world.ledger, allow_data_loss=before.fingerprint)
    found = world.client.find_bucket("a")
    assert found is not None
    assert found.retention_seconds == DAY
    assert world.policies("a") == [("1d", True)]
    assert world.plan().changes == ()


def test_a_changed_retention_moves_the_mapping_without_a_gap(
    world: Applying, server: Connection, org: str, tmp_path: Path
) -> None:
    """Deleting first left a moment in which every v1 query failed."""
    world.declare("a")
    world.apply()
    world.client.update_bucket(
        (world.plan().changes and "") or _id(world, "a"), retention_seconds=0
    )
    world.declare("a", 0)
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        moved = Applying(client, tmp_path / "proxy")
        moved.specs = world.specs
        assert not moved.apply().failed
        verbs = [m for m, p in proxy.requests if "/dbrps" in p and m in ("POST", "DELETE")]
    assert verbs == ["POST", "DELETE"]
    assert world.policies("a") == [("infinite", True)]


def _id(world: Applying, name: str) -> str:
    found = world.client.find_bucket(name)
    assert found is not None
    return found.id


def test_a_renamed_bucket_is_mapped_under_its_new_name(world: Applying) -> None:
    made = world.client.create_bucket("old", retention_seconds=WEEK)
    world.apply()
    world.client.update_bucket(made.id, name="new")
    world.apply()
    assert world.policies("old") == []
    assert world.policies("new") == [("1w", True)]


def test_labels_of_buckets_follow_the_declaration(world: Applying) -> None:
    label = {"team-a": LabelEntry(name="team-a")}
    world.declare("a", labels=("TEAM-A",))
    declared = Estate(world.specs, others={"labels": label})

    def labels() -> list[str]:
        planned = estate.plan(declared, estate.observe(world.client), world.ledger)
        assert not estate.apply(planned, world.client, world.ledger).failed
        (bucket,) = [one for one in world.client.buckets() if one.name == "a"]
        return names_on(bucket.labels)

    assert labels() == ["team-a"]
    world.declare("a", labels=())
    assert labels() == []


def test_pruning_deletes_only_what_is_ours(world: Applying) -> None:
    world.client.create_bucket("theirs", retention_seconds=0)
    world.declare("ours")
    world.apply()
    world.specs.clear()
    planned = world.plan(prune=True)
    estate.apply(planned, world.client, world.ledger, allow_data_loss=planned.fingerprint)
    names = {bucket.name for bucket in world.client.buckets()}
    assert "theirs" in names
    assert "ours" not in names


def test_only_creating_leaves_everything_else(world: Applying) -> None:
    world.declare("a")
    world.apply()
    world.declare("a", 2 * WEEK)
    world.declare("b")
    applied = estate.apply(world.plan(), world.client, world.ledger, create_only=True)
    states = {r.change.name: r.state for r in applied.results if r.change.kind == "bucket"}
    assert states == {"a": "skipped", "b": "done"}


def test_one_refused_object_does_not_stop_the_others(
    world: Applying, server: Connection, org: str, tmp_path: Path
) -> None:
    with (
        Proxy(server.url) as proxy,
        Influx(proxy.url, server.token, org, retry_seconds=0.0) as client,
    ):
        broken = Applying(client, tmp_path / "p")
        for number in range(6):
            broken.declare(f"b{number}")
        seen: list[int] = []

        def third(method: str, path: str, number: int) -> str | None:
            if method == "POST" and path == "/api/v2/buckets":
                seen.append(number)
                return "refuse" if len(seen) == 3 else None
            return None

        proxy.fault = third
        assert len(estate.apply(broken.plan(), client, broken.ledger).failed) == 1
        proxy.fault = lambda method, path, number: None
        assert not broken.apply().failed
        assert broken.plan().changes == ()


def test_no_change_to_a_thousand_buckets_takes_at_most_fifteen_requests(
    world: Applying, server: Connection, org: str, tmp_path: Path
) -> None:
    for number in range(1_000):
        world.declare(f"b{number:04}")
    assert not world.apply().failed
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        again = Applying(client, tmp_path)
        again.specs = world.specs
        alone = ("bucket", "dbrp_mapping")
        observed = estate.observe(client, alone)
        planned = estate.plan(Estate(again.specs), observed, again.ledger, kinds=alone)
        applied = estate.apply(planned, client, again.ledger)
        assert applied.summary() == "nothing to change"
        assert proxy.changes == []
        assert len(proxy.requests) <= 15
