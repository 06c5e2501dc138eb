"""The rules of the plan, each from the smallest declaration and server that show it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.estate import plan
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.models import Bucket, Dbrp

DAY, WEEK = 86_400, 604_800


def bucket(name: str, retention: int = WEEK, *, ours: bool = False, **more: Any) -> Bucket:
    rules = [{"everySeconds": retention, "shardGroupDurationSeconds": DAY}]
    fields = {"id": f"id-{name}", "name": name, "retentionRules": rules, **more}
    if ours:
        fields["description"] = MARKER
    return Bucket.model_validate(fields)


def mapping(database: str, policy: str, target: str, **more: Any) -> Dbrp:
    fields = {"database": database, "retention_policy": policy, "bucketID": f"id-{target}"}
    return Dbrp.model_validate({"id": f"m-{database}-{policy}", "default": True, **fields, **more})


class World:
    """A declaration and a server."""

    def __init__(self, folder: Path) -> None:
        self.ledger = Ledger.open(folder / "ledger.json", "http://here", "org")
        self.specs: dict[str, BucketSpec] = {}
        self.buckets: list[Bucket] = []
        self.mappings: list[Dbrp] = []
        self.wanted: str | tuple[str, ...] = "all"

    def declare(self, name: str, retention: int = WEEK, **more: Any) -> None:
        self.specs[name] = BucketSpec(name, retention, **more)

    def plan(self, *kinds: Any, prune: bool = False) -> Plan:
        declared = Estate(self.specs, self.wanted)
        observed = Observed(tuple(self.buckets), tuple(self.mappings))
        return plan(declared, observed, self.ledger, kinds=kinds or ("bucket",), prune=prune)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def states(planned: Plan) -> list[tuple[str, str]]:
    return [(finding.name, finding.state) for finding in planned.findings]


# ------------------------------------------------------------------ buckets


def test_what_is_missing_is_created_with_the_marker(world: World) -> None:
    world.declare("a", description="text")
    (change,) = world.plan().changes
    assert (change.action, change.after["retention_seconds"]) == ("create", WEEK)
    assert change.after["description"] == f"text {MARKER}"


def test_what_is_ours_and_right_needs_nothing(world: World) -> None:
    world.declare("a")
    world.buckets = [bucket("a", ours=True)]
    assert world.plan().summary() == "nothing to change"


def test_what_is_ours_and_differs_is_updated(world: World) -> None:
    world.declare("a", 2 * WEEK)
    world.buckets = [bucket("a", ours=True)]
    (change,) = world.plan().changes
    assert (change.action, change.after) == ("update", {"retention_seconds": 2 * WEEK})
    assert change.loses_data == ""


@pytest.mark.parametrize(("before", "after"), [(WEEK, DAY), (0, WEEK)])
def test_a_shorter_retention_names_its_loss(world: World, before: int, after: int) -> None:
    world.declare("a", after)
    world.buckets = [bucket("a", before, ours=True)]
    assert "points of a older than" in world.plan().changes[0].loses_data


@pytest.mark.parametrize(("before", "after"), [(DAY, WEEK), (WEEK, 0)])
def test_a_longer_retention_loses_nothing(world: World, before: int, after: int) -> None:
    world.declare("a", after)
    world.buckets = [bucket("a", before, ours=True)]
    assert world.plan().losses == ()


def test_what_somebody_else_made_and_is_equal_is_in_use(world: World) -> None:
    world.declare("a")
    world.buckets = [bucket("a", description="theirs")]
    planned = world.plan()
    assert planned.changes == ()
    assert states(planned) == [("a", "in use")]


def test_what_somebody_else_made_and_differs_is_a_conflict_that_names_adopt(world: World) -> None:
    world.declare("a", DAY)
    world.buckets = [bucket("a")]
    planned = world.plan()
    assert planned.changes == ()
    assert "adopt: true" in planned.conflicts[0].text
    assert "is 1w, declared 1d" in planned.conflicts[0].text


def test_adopting_marks_it(world: World) -> None:
    world.declare("a", adopt=True)
    world.buckets = [bucket("a")]
    (change,) = world.plan().changes
    assert (change.action, change.after) == ("adopt", {"description": MARKER})


def test_the_shard_group_counts_only_when_it_is_declared(world: World) -> None:
    world.declare("a")
    world.declare("b", shard_group_seconds=WEEK)
    world.buckets = [bucket("a", ours=True), bucket("b", ours=True)]
    assert [change.name for change in world.plan().changes] == ["b"]


def test_ours_but_undeclared_is_reported_and_deleted_by_prune_alone(world: World) -> None:
    world.buckets = [bucket("old", ours=True), bucket("theirs")]
    assert states(world.plan()) == [("old", "undeclared")]
    (change,) = world.plan(prune=True).changes
    assert (change.name, change.action, change.loses_data) == (
        "old",
        "delete",
        "all points of old",
    )


def test_a_system_bucket_is_never_ours(world: World) -> None:
    world.buckets = [bucket("_tasks", ours=True, type="system")]
    assert world.plan(prune=True).changes == ()


def test_the_fingerprint_changes_with_the_changes(world: World) -> None:
    world.declare("a", DAY)
    world.buckets = [bucket("a", ours=True)]
    before = world.plan().fingerprint
    assert world.plan().fingerprint == before
    world.declare("b")
    assert world.plan().fingerprint != before


# ------------------------------------------------------------------ mappings


def test_a_bucket_is_mapped_by_its_name_and_retention(world: World) -> None:
    world.buckets = [bucket("a"), bucket("_tasks", type="system")]
    (change,) = world.plan("dbrp_mapping").changes
    wanted = {"database": "a", "policy": "1w", "bucket_id": "id-a", "default": True}
    assert (change.action, change.after) == ("create", wanted)


def test_only_a_physical_mapping_counts(world: World) -> None:
    """Tools from before virtual mappings took one for a mapping and stopped making real ones."""
    world.buckets = [bucket("a")]
    world.mappings = [mapping("a", "autogen", "a", virtual=True)]
    assert [change.action for change in world.plan("dbrp_mapping").changes] == ["create"]


def test_a_right_mapping_needs_nothing(world: World) -> None:
    world.buckets = [bucket("a", ours=True)]
    world.mappings = [mapping("a", "1w", "a")]
    assert world.plan("dbrp_mapping") == Plan()


def test_a_changed_retention_moves_our_mapping(world: World) -> None:
    world.buckets = [bucket("a", DAY, ours=True)]
    world.mappings = [mapping("a", "1w", "a")]
    (change,) = world.plan("dbrp_mapping").changes
    assert (change.action, change.before["policy"], change.after["policy"]) == (
        "replace",
        "1w",
        "1d",
    )


def test_a_renamed_bucket_takes_our_mapping_along(world: World) -> None:
    world.buckets = [bucket("new")]
    world.mappings = [mapping("old", "1w", "new")]
    world.ledger.add_mapping("m-old-1w")
    (change,) = world.plan("dbrp_mapping").changes
    assert (change.action, change.after["database"]) == ("replace", "new")


def test_a_half_done_move_is_finished(world: World) -> None:
    """A crash between making the new mapping and deleting the old one left both for ever."""
    world.buckets = [bucket("a", DAY, ours=True)]
    world.mappings = [mapping("a", "1d", "a"), mapping("a", "1w", "a", default=False)]
    (change,) = world.plan("dbrp_mapping").changes
    assert (change.action, change.id) == ("replace", "m-a-1w")


def test_a_mapping_of_somebody_else_is_left_alone(world: World) -> None:
    world.buckets = [bucket("a")]
    world.mappings = [mapping("telegraf", "autogen", "a")]
    planned = world.plan("dbrp_mapping")
    assert planned.changes == ()
    assert states(planned) == [("a", "in use")]


def test_a_default_of_somebody_else_is_not_taken_away(world: World) -> None:
    world.buckets = [bucket("a"), bucket("b")]
    world.mappings = [mapping("a", "raw", "b")]
    changes = {change.name: change for change in world.plan("dbrp_mapping").changes}
    assert changes["a"].after["default"] is False


def test_a_taken_database_and_policy_is_a_conflict(world: World) -> None:
    world.buckets = [bucket("a"), bucket("b")]
    world.mappings = [mapping("a", "1w", "b")]
    assert [f.name for f in world.plan("dbrp_mapping").conflicts] == ["a"]


def test_a_name_with_a_slash_keeps_its_virtual_mapping_and_is_shown_so(world: World) -> None:
    world.buckets = [bucket("site/weekly")]
    planned = world.plan("dbrp_mapping")
    assert planned.changes == ()
    assert "virtual" in planned.findings[0].text


@pytest.mark.parametrize(
    ("wanted", "mapped"),
    [("all", ["a", "team_b"]), ("declared", ["a"]), (("team_*",), ["team_b"]), ((), [])],
)
def test_the_estate_says_which_buckets_are_mapped(
    world: World, wanted: Any, mapped: list[str]
) -> None:
    world.wanted = wanted
    world.declare("a")
    world.buckets = [bucket("a"), bucket("team_b")]
    assert [change.name for change in world.plan("dbrp_mapping").changes] == mapped


def test_our_mapping_of_an_unwanted_bucket_goes_by_prune_alone(world: World) -> None:
    world.wanted = ()
    world.buckets = [bucket("a", ours=True)]
    world.mappings = [mapping("a", "1w", "a")]
    assert states(world.plan("dbrp_mapping")) == [("a", "undeclared")]
    assert [c.action for c in world.plan("dbrp_mapping", prune=True).changes] == ["delete"]


# ------------------------------------------------------------------ both together

BOTH = ("bucket", "dbrp_mapping")


def test_a_bucket_that_will_be_made_is_mapped_in_the_same_plan(world: World) -> None:
    world.declare("a")
    changes = world.plan(*BOTH).changes
    assert [(c.kind, c.action) for c in changes] == [(kind, "create") for kind in BOTH]


def test_a_retention_that_was_changed_by_hand_moves_no_mapping(world: World) -> None:
    """The mapping was moved to the retention that was about to be mended, and back by the next."""
    world.declare("a", WEEK)
    world.buckets = [bucket("a", 2 * WEEK, ours=True)]
    world.mappings = [mapping("a", "1w", "a")]
    assert [change.kind for change in world.plan(*BOTH).changes] == ["bucket"]


def test_a_new_retention_moves_the_mapping_in_the_same_plan(world: World) -> None:
    world.declare("a", 2 * WEEK)
    world.buckets = [bucket("a", WEEK, ours=True)]
    world.mappings = [mapping("a", "1w", "a")]
    _, moved = world.plan(*BOTH).changes
    assert (moved.action, moved.after["policy"]) == ("replace", "2w")


def test_a_bucket_that_goes_takes_its_mapping_along(world: World) -> None:
    world.buckets = [bucket("a", ours=True)]
    assert [c.kind for c in world.plan(*BOTH, prune=True).changes] == ["bucket"]
