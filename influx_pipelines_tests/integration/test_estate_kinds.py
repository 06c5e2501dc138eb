"""Each kind that is declared as a list, over HTTP: made, changed by hand, mended, pruned."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines import estate
from influx_pipelines.estate.kinds import KINDS
from influx_pipelines.estate.kinds.object import ObjectKind
from influx_pipelines.estate.load import load
from influx_pipelines.estate.ownership import LABEL
from influx_pipelines.estate.plan import Plan
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.kindcases import CASES, TEAMS, Case, kind_of
from influx_pipelines_tests.proxy import Proxy
from influx_pipelines_tests.world import World


@pytest.fixture(autouse=True)
def value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLACK_URL", "a-token-for-the-hook")


@pytest.fixture
def world(influx: Influx, tmp_path: Path) -> World:
    return World(influx, tmp_path)


@pytest.fixture(params=CASES, ids=lambda case: case.kind)
def case(request: pytest.FixtureRequest) -> Case:
    return request.param  # type: ignore[no-any-return]


def labelled(text: str, key: str, labels: str) -> str:
    """A declaration in which every entry of a list has labels."""
    entry = f"\n  - labels: {labels}\n    "
    before, below, entries = text.partition(f"{key}:\n")
    return before + below + entries.replace("\n  - ", entry).replace("  - ", entry[1:], 1)


def test_every_kind_with_a_list_of_its_own_has_a_case() -> None:
    assert {case.kind for case in CASES} == {
        kind.name for kind in KINDS if isinstance(kind, ObjectKind)
    }


def test_a_second_apply_finds_nothing_to_change(world: World, case: Case) -> None:
    world.declare(case.declared)
    planned = world.plan()
    assert {change.action for change in planned.changes} == {"create"}
    world.apply(planned)
    assert world.plan() == Plan()
    if kind_of(case).takes_labels:
        labels = world.labels(kind_of(case))
        assert labels == [[LABEL]] * len(labels)


def test_a_changed_declaration_is_brought_to_the_server(world: World, case: Case) -> None:
    world.declare(case.declared)
    world.apply()
    world.declare(case.changed)
    (change,) = world.plan().changes
    assert (change.kind, change.action) == (case.kind, "update")
    world.apply()
    assert world.plan() == Plan()


def test_declared_labels_are_attached_and_taken_off_and_others_stay(
    world: World, case: Case
) -> None:
    kind = kind_of(case)
    if not kind.takes_labels:
        return
    world.declare(case.declared)
    world.apply()
    theirs = world.client.create_label("theirs").id
    objects = world.raw(kind)
    for one in objects:
        world.client.add_label(kind.collection.name, one["id"], theirs)
    assert world.plan() == Plan()
    world.declare(labelled(case.declared, kind.key, "[team b, THEIRS, A]") + TEAMS)
    changes = [change for change in world.plan().changes if change.kind == kind.name]
    told = [(change.before, change.after["labels"]) for change in changes]
    assert told == [({"labels": ["theirs"]}, ["A", "Team B", "theirs"])] * len(objects)
    world.apply()
    assert world.plan() == Plan()
    assert world.labels(kind) == [sorted([LABEL, "A", "Team B", "theirs"])] * len(objects)
    world.declare(labelled(case.declared, kind.key, "[Team B]") + TEAMS)
    world.apply()
    assert world.plan() == Plan()
    assert world.labels(kind) == [sorted([LABEL, "Team B", "theirs"])] * len(objects)


def test_what_was_changed_by_hand_is_named_and_mended(world: World, case: Case) -> None:
    world.declare(case.declared)
    world.apply()
    kind = kind_of(case)
    found = world.raw(kind)[-1]
    method = kind.changes_by
    changes = case.made_by_hand(world, found["name"])
    whole = method == "PUT" or kind.name == "dashboard"  # a PATCH of cells needs more beside them
    body = {**found, **changes} if whole else changes
    kind.collection.update(world.client, found["id"], body, method=method)
    (change,) = world.plan().changes
    assert (change.name, change.action) == (found["name"], "update")
    world.apply()
    assert world.plan() == Plan()


def test_what_is_not_ours_is_untouched_word_for_word(world: World, case: Case) -> None:
    kind = kind_of(case)
    world.declare(case.declared)
    names = list(load(world.folder).of(kind.key))
    for name in [*names, "theirs"]:
        body = {"orgID": world.client.org_id, **case.made_by_hand(world, name)}
        world.client.request("POST", kind.collection.path, json=body)
    before = world.raw(kind)
    planned = world.plan(prune=True)
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert world.raw(kind) == before
    assert [f.name for f in world.plan().conflicts] == names


def test_pruning_needs_the_fingerprint_and_takes_only_ours(world: World, case: Case) -> None:
    kind = kind_of(case)
    body = {"orgID": world.client.org_id, **case.made_by_hand(world, "theirs")}
    world.client.request("POST", kind.collection.path, json=body)
    world.declare(case.declared)
    world.apply()
    world.declare("")
    planned = world.plan(prune=True)
    assert world.apply(planned).summary().endswith("skipped")
    world.apply(planned, allow_data_loss=planned.fingerprint)
    assert [one["name"] for one in world.raw(kind) if one["name"] != LABEL] == ["theirs"]


def test_an_answer_that_is_lost_makes_nothing_twice(
    world: World, case: Case, server: Connection, org: str
) -> None:
    world.declare(case.declared)
    path, lost = kind_of(case).collection.path, []

    def lose(method: str, asked: str, number: int) -> str | None:
        if method == "POST" and asked == path and not lost:
            lost.append(number)
            return "lose"
        return None

    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        proxy.fault = lose
        through = World(client, world.folder.parent)
        through.apply()
        assert through.plan() == Plan()
    assert lost
    names = [one["name"] for one in world.raw(kind_of(case)) if one["name"] != LABEL]
    assert len(names) == len(set(names)) == len(load(world.folder).of(kind_of(case).key))


def test_what_our_token_may_make_and_not_read_is_not_made_anew_by_each_apply(
    world: World, case: Case, server: Connection, org: str
) -> None:
    """A list leaves out what may not be read: every apply made another dashboard of the name."""
    kind = kind_of(case)
    world.declare(case.declared)
    world.apply()
    for one in world.raw(kind):
        kind.collection.delete(world.client, one["id"])
    types = [k.collection.name for k in KINDS if isinstance(k, ObjectKind)]
    rights = [*((a, t) for a in ("read", "write") for t in [*types, "buckets", "secrets"])]
    rights.remove(("read", kind.collection.name))
    org_id = world.client.org_id
    permissions = [{"action": a, "resource": {"type": t, "orgID": org_id}} for a, t in rights]
    permissions.append({"action": "read", "resource": {"type": "orgs", "id": org_id}})
    token = world.client.create_token("blind", permissions, lambda: None)
    with Influx(server.url, token.secret.get_secret_value(), org) as client:
        blind = World(client, world.folder.parent)
        failed = estate.apply(blind.plan(), client, blind.ledger).failed
    assert {one.change.kind for one in failed} == {kind.name}
    left = world.raw(kind)
    # Some kinds cannot be deleted by whom may not read them; then it is one, and no dashboard.
    assert len(left) <= (kind.name not in ("dashboard", "task", "notification_rule"))
