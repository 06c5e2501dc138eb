"""The plan of tokens: when another one takes the place of one, and which may be deleted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from influx_pipelines.estate import plan
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.load import load
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.ownership import MARKER
from influx_pipelines.estate.plan import Plan
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.estate.tokens.record import TokenRecord
from influx_pipelines.estate.tokens.report import report
from influx_pipelines.estate.tokens.rights import Right
from influx_pipelines.estate.tokens.store import StoreError, TokenStore
from influx_pipelines.influx.models import Authorization, Bucket

DAY = 86_400.0
ORG = "0123456789abcdef"
DECLARED = """
buckets:
  - name: a
applications:
  names: [my-app]
tokens:
  - name: writer
    rotate_every: 90d
    grace: 1h
    permissions:
      - {resource: buckets, actions: [write], buckets: [a], applications: true}
      - {resource: orgs, actions: [read]}
"""
BUCKETS = (Bucket(id="id-a", name="a"), Bucket(id="id-my", name="my_app"))
RIGHTS = [Right("write", "buckets", "a"), Right("write", "buckets", "my_app")]


def token(id: str, description: str = f"writer: {MARKER}", **given: Any) -> Authorization:
    ids = {bucket.name: bucket.id for bucket in BUCKETS}
    rights = [*RIGHTS, Right("read", "orgs")]
    permissions = [right.permission(ORG, ids) for right in rights]
    values = {"id": id, "orgID": ORG, "description": description, "permissions": permissions}
    return Authorization.model_validate({**values, **given})


class World:
    """A declaration, a ledger, and what is on a server."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "estate"
        self.folder.mkdir()
        self.ledger = Ledger.open(folder / "ledger.json", "http://here", ORG)
        self.declare(DECLARED)

    def declare(self, text: str) -> None:
        (self.folder / "estate.yaml").write_text(text)

    def published(self, id: str, **known: Any) -> None:
        """A token was published at the beginning of time."""
        TokenStore.beside(self.ledger).publish("writer", SecretStr("text"))
        record = TokenRecord(id, store="file", **known)
        self.ledger.change_token("writer", lambda _: record)

    def plan(
        self,
        *there: Authorization,
        now: float = 0.0,
        prune: bool = False,
        buckets: tuple[Bucket, ...] = BUCKETS,
    ) -> Plan:
        observed = Observed(buckets, others={"token": there})
        declared = load(self.folder)
        return plan(declared, observed, self.ledger, kinds=("token",), now=now, prune=prune)

    def why(self, *there: Authorization, **options: Any) -> str:
        """Why the one token is replaced."""
        (change,) = self.plan(*there, **options).changes
        assert (change.action, change.loses_data) == ("replace", "")
        return str(change.after["why"])


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_rights_name_the_buckets_also_those_of_applications(world: World) -> None:
    (change,) = world.plan().changes
    assert change.action == "create"
    wanted = ["read orgs", "write bucket a", "write bucket my_app"]
    assert change.after == {"description": f"writer: {MARKER}", "permissions": wanted}


def test_a_token_as_declared_and_published_is_left_alone(world: World) -> None:
    world.published("1")
    assert world.plan(token("1"), now=89 * DAY) == Plan()


def test_a_token_whose_secret_is_nowhere_is_replaced(world: World) -> None:
    assert world.why(token("1")) == "no record of its secret is here"
    world.published("1")
    TokenStore.beside(world.ledger).forget("writer")
    assert world.why(token("1")) == "its secret is not in the store"


def test_a_token_that_was_deleted_while_its_predecessor_is_left_is_replaced(world: World) -> None:
    world.published("2", retired={"1": 3_600.0})
    assert world.why(token("1")) == "the one in use is gone from the server"


def test_an_old_token_is_replaced_and_one_that_somebody_asks_for(world: World) -> None:
    world.published("1")
    assert world.why(token("1"), now=90 * DAY) == "it is older than 90d"
    world.ledger.change_token("writer", lambda record: replace(record, due=True))
    assert world.why(token("1")) == "somebody asked for it"


def test_a_token_of_a_bucket_that_was_made_anew_is_replaced(world: World) -> None:
    world.published("1")
    anew = (BUCKETS[0].model_copy(update={"id": "id-b"}), BUCKETS[1])
    assert world.why(token("1"), buckets=anew) == "its rights differ"
    (change,) = world.plan(token("1"), buckets=anew).changes
    assert change.before == {
        "permissions": ["read orgs", "write bucket id-a (gone)", "write bucket my_app"]
    }


def test_rights_for_every_organization_are_not_those_for_one(world: World) -> None:
    world.published("1")
    wide = [{"action": "write", "resource": {"type": "buckets"}}]
    assert world.why(token("1", permissions=wide)) == "its rights differ"


def test_what_was_changed_by_hand_is_mended_in_place(world: World) -> None:
    world.published("1")
    (change,) = world.plan(token("1", "by hand", status="inactive")).changes
    after = {"description": f"writer: {MARKER}", "status": "active"}
    assert (change.action, change.after) == ("update", after)


def test_the_old_one_goes_after_its_grace_and_is_no_loss(world: World) -> None:
    world.published("2", retired={"1": 3_600.0})
    assert world.plan(token("1"), token("2"), now=3_599.0) == Plan()
    (change,) = world.plan(token("1"), token("2"), now=3_600.0).changes
    assert (change.action, change.id, change.loses_data) == ("delete", "1", "")


def test_a_token_that_nobody_has_the_secret_of_is_deleted(world: World) -> None:
    world.published("1", known=["1"])
    (change,) = world.plan(token("1"), token("2")).changes
    assert (change.action, change.id, change.loses_data) == ("delete", "2", "")


def test_a_rotation_that_was_broken_off_is_made_again(world: World) -> None:
    world.published("1", publishing="2")
    assert world.why(token("1"), token("2")) == "its rotation was broken off"


def test_another_one_of_ours_is_deleted_by_prune_alone_and_is_a_loss(world: World) -> None:
    world.published("1")
    (finding,) = world.plan(token("1"), token("2")).findings
    assert (finding.state, "2" in finding.text) == ("undeclared", True)
    world.declare("")
    planned = world.plan(token("1"), token("2"), prune=True)
    assert [change.id for change in planned.changes] == ["1", "2"]
    assert all("whoever uses it gets 401" in loss for loss in planned.losses)
    assert len(planned.losses) == 2


def test_tokens_of_others_are_never_planned(world: World) -> None:
    world.declare("")
    theirs = [token("1", "writer: mine"), token("2", ""), token("3", f"some thing {MARKER}")]
    assert world.plan(*theirs, prune=True) == Plan()


@pytest.mark.parametrize(
    ("right", "line", "says"),
    [
        ("{resource: buckets, actions: [write], buckets: [b]}", 6, "there is no bucket 'b'"),
        ("{resource: buckets, actions: [delete], all: true}", 6, "'read' or 'write'"),
        ("{resource: pods, actions: [read]}", 6, "'tasks'"),
        ("{resource: instance, actions: [read]}", 6, "'tasks'"),
        ("{resource: buckets, actions: [write]}", 6, "say which buckets"),
        ("{resource: tasks, actions: [read], all: true}", 6, "not those on tasks"),
        ("{resource: tasks, actions: []}", 6, "actions"),
        ("{resource: buckets, actions: [read], bucket: [a]}", 6, "did you mean buckets?"),
    ],
)
def test_a_wrong_right_is_told_with_file_and_line(
    world: World, right: str, line: int, says: str
) -> None:
    world.declare(
        f"buckets:\n  - name: a\ntokens:\n  - name: t\n    permissions:\n      - {right}\n"
    )
    with pytest.raises(EstateError) as caught:
        load(world.folder)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == ("estate/estate.yaml", line)
    assert says in problem.text


@pytest.mark.parametrize(
    ("key", "says"),
    [("adopt: true", "cannot be taken over"), ("grace: soon", "grace"), ("rotate_every: INF", "d")],
)
def test_what_a_token_cannot_be_told_is_refused(world: World, key: str, says: str) -> None:
    world.declare(DECLARED.replace("rotate_every: 90d\n    grace: 1h", key))
    with pytest.raises(EstateError, match=says):
        load(world.folder)


def test_a_secret_is_written_for_its_owner_alone(world: World) -> None:
    store = TokenStore.beside(world.ledger)
    store.publish("writer", SecretStr("old"))
    store.publish("writer", SecretStr("new"))
    path = store.path("writer")
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o600)
    assert [path.stat().st_mode & 0o077, path.parent.stat().st_mode & 0o077] == [0, 0]
    assert list(path.parent.iterdir()) == [path]


def test_a_command_gets_the_secret_on_its_standard_input_alone(tmp_path: Path) -> None:
    script = tmp_path / "keep"
    script.write_text(f'#!/bin/sh\ncat > "{tmp_path}/$1-$2"\n')
    script.chmod(0o700)
    TokenStore(tmp_path / "tokens", f"{script} prod").publish("writer", SecretStr("text"))
    assert (tmp_path / "prod-writer").read_text() == "text"
    assert not (tmp_path / "tokens").exists()


def test_the_text_that_older_servers_list_is_not_kept() -> None:
    """Up to 2.7 every list of tokens holds their secrets; from 2.9 on it is empty there."""
    assert "hidden-text" not in repr(token("1", token="hidden-text"))
    assert token("1", token="hidden-text") == token("1", token="")


@pytest.mark.parametrize("command", ["sh -c 'cat >&2; exit 3'", "/no/such/command"])
def test_a_command_that_fails_is_named_without_the_secret(tmp_path: Path, command: str) -> None:
    with pytest.raises(StoreError, match="failed") as caught:
        TokenStore(tmp_path, command).publish("writer", SecretStr("hidden-text"))
    assert "hidden-text" not in str(caught.value)


def test_the_report_names_what_somebody_should_look_at() -> None:
    everything = [{"action": "write", "resource": {"type": "authorizations"}}]
    gone = [{"action": "read", "resource": {"type": "buckets", "id": "id-x", "orgID": ORG}}]
    tokens = [
        token("1"),
        token("2"),
        token("3", "root", permissions=everything),
        token("4", "theirs", permissions=gone),
    ]
    records = {"writer": TokenRecord("2", retired={"1": 0.0})}
    old, current, root, theirs = report(tokens, BUCKETS, records, {"writer"}, {"my_app"})
    assert "works until it is deleted after 1970-01-01" in old.remarks[0]
    assert current.remarks == ("no point in 30 days in my_app",)
    assert (root.reach, root.remarks[0]) == ("operator", "nobody declared it")
    assert theirs.remarks == ("nobody declared it", "its bucket is gone: id-x")
