"""Buckets come back whole, or it is told what is missing; nothing is ever overwritten."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from influx_pipelines.backups.restore.buckets import BucketResult, restore_buckets
from influx_pipelines.backups.restore.marker import is_unfinished
from influx_pipelines.backups.restore.plan import RestorePlan
from influx_pipelines.backups.restore.planning import plan_restore
from influx_pipelines.backups.restore.request import RestoreRefused, RestoreRequest
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx
from influx_pipelines_tests.services.native_restore import RESTORE, RestoringServer
from influx_pipelines_tests.services.nativefaults import Fault

Put = Callable[[str], BackupSet]
TWO = RestoreRequest(("two-shards",))
RUN = """
from influx_pipelines.backups.restore.buckets import restore_buckets
from influx_pipelines.backups.restore.planning import plan_restore
from influx_pipelines.backups.restore.request import RestoreRequest
from influx_pipelines.backups.sets import open_set
plan = plan_restore(client, open_set(folder), RestoreRequest(("two-shards",)))
list(restore_buckets(plan, client))
"""


def restored(plan: RestorePlan, client: Influx, allowed: str = "") -> list[BucketResult]:
    return list(restore_buckets(plan, client, allow_data_loss=allowed))


@pytest.mark.parametrize("version", ["2.7.12", "2.9.1"])
def test_all_buckets_come_back_by_their_files(operator: Influx, kept: Put, version: str) -> None:
    plan = plan_restore(operator, kept(version), RestoreRequest())
    done = {one.plan.as_name: one for one in restored(plan, operator)}
    assert {name: one.state for name, one in done.items()} == {
        "two-shards": "done", "empty": "done", "deleted-range": "done",
    }  # fmt: skip
    counts = {name: one.comparison.values for name, one in done.items() if one.comparison}
    assert counts == {"two-shards": 2448, "empty": 0, "deleted-range": 1440}
    buckets = {bucket.name: bucket for bucket in operator.buckets()}
    assert buckets["deleted-range"].retention_seconds == 3_153_600_000
    assert buckets["two-shards"].shard_group_seconds == 604_800
    assert buckets["empty"].description == "nothing was ever written here"


def test_the_plan_says_what_comes_back_and_what_is_left_behind(operator: Influx, kept: Put) -> None:
    plan = plan_restore(operator, kept("2.9.1"), RestoreRequest())
    assert [row["action"] for row in plan.to_json()["buckets"]] == ["make"] * 3
    assert (
        "deleted-range: 360 deleted values of temp.v in 2 series (shard group of 2020-01-10 00:00) "
        "come back" in plan.notes
    )
    assert set(map(str, plan.forgotten)) == {
        "two-shards: label 'tier:one'",
        "two-shards: DBRP mapping 'old/forever'",
        "two-shards: task 'hourly'",
        "two-shards: token 'scoped reader'",
        "empty: task 'hourly'",
        "deleted-range: monitoring check 'too warm'",
    }


def test_nothing_is_sent_of_a_damaged_backup(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    """A server takes a damaged shard with success, and crashes on a damaged bolt file."""
    backup = kept("2.9.1")
    shard = next(backup.path.glob("*.1.tar.gz"))
    whole = shard.read_bytes()
    shard.write_bytes(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
    plan = plan_restore(operator, backup, RestoreRequest())
    assert plan.damaged
    assert plan.buckets == ()
    with pytest.raises(RestoreRefused, match=r"damaged.*1\.tar\.gz.*Nothing was sent"):
        restored(plan, operator)
    assert restoring.received == []


def test_nothing_is_sent_of_a_backup_that_changed_since_the_plan(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    backup = kept("2.9.1")
    plan = plan_restore(operator, backup, RestoreRequest())
    manifest = next(backup.path.glob("*.manifest"))
    manifest.write_bytes(manifest.read_bytes().replace(b"two-shards", b"too-shards"))
    with pytest.raises(RestoreRefused, match="changed since"):
        restored(plan, operator)
    assert restoring.received == []


def test_a_shard_that_was_cut_since_the_plan_is_not_sent(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    backup = kept("2.9.1")
    plan = plan_restore(operator, backup, TWO)
    shard = next(backup.path.glob("*.1.tar.gz"))
    shard.write_bytes(shard.read_bytes()[:-1])
    [result] = restored(plan, operator)
    assert (result.state, "changed since it was verified" in result.error) == ("failed", True)
    assert [path for path, _ in restoring.received] == [f"{RESTORE}bucketMetadata"]


def test_a_bucket_that_is_there_is_not_overwritten_but_another_name_is_taken(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    backup = kept("2.9.1")
    operator.create_bucket("two-shards", retention_seconds=0)
    plan = plan_restore(operator, backup, TWO)
    [result] = restored(plan, operator)
    assert (result.state, restoring.received) == ("skipped", [])
    assert result.error == "there is a bucket of this name"
    plan = plan_restore(operator, backup, RestoreRequest(("two-shards",), "copy"))
    [result] = restored(plan, operator)
    assert result.state == "done"
    assert operator.find_bucket("copy") is not None


def test_shards_in_each_others_place_are_found(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    """The total is right then, and nothing is in any narrower range."""
    restoring.misplaced = {101: 102, 102: 101}
    [result] = restored(plan_restore(operator, kept("2.9.1"), TWO), operator)
    assert result.state == "missing"
    assert result.comparison is not None
    assert result.comparison.differing == result.comparison.fields == 24
    assert result.comparison.gaps[0] == (
        "all,host=a b in the shard group of 2019-12-30 00:00: 0 values instead of 120"
    )
    found = operator.find_bucket("two-shards")
    assert found is not None
    assert is_unfinished(found)


def test_a_shard_that_is_refused_leaves_a_bucket_that_says_so(
    operator: Influx, restoring: RestoringServer, kept: Put
) -> None:
    restoring.break_answer = lambda asked, number: (
        Fault("status", 503) if asked.path == f"{RESTORE}shards/102" else None
    )
    [result] = restored(plan_restore(operator, kept("2.9.1"), TWO), operator)
    assert (result.state, "broken on purpose" in result.error) == ("failed", True)
    found = operator.find_bucket("two-shards")
    assert found is not None
    assert is_unfinished(found)


def test_a_restore_that_was_killed_is_told_and_can_be_repeated(
    operator: Influx, kept: Put, killed: Callable[[str, Path], None]
) -> None:
    backup = kept("2.9.1")
    killed(RUN, backup.path)
    plan = plan_restore(operator, backup, TWO)
    assert plan.losses == ("all points of the unfinished bucket two-shards",)
    for wrong in ("", "0123456789ab"):
        [result] = restored(plan, operator, wrong)
        assert result.state == "skipped"
        assert plan.fingerprint in result.error
    [result] = restored(plan, operator, plan.fingerprint)
    assert (result.state, result.comparison and result.comparison.values) == ("done", 2448)
    found = operator.find_bucket("two-shards")
    assert found is not None
    assert not is_unfinished(found)


def test_a_server_without_native_routes_gets_lines_and_deleted_values_stay_deleted(
    influx: Influx, kept: Put
) -> None:
    plan = plan_restore(influx, kept("2.9.1"), RestoreRequest())
    assert {bucket.way for bucket in plan.buckets} == {"lines"}
    assert any("gives no native backups" in note for note in plan.notes)
    done = restored(plan, influx)
    assert [one.state for one in done] == ["done"] * 3
    assert sum(one.comparison.values for one in done if one.comparison) == 2448 + 1080


def test_a_token_without_the_operators_rights_gets_lines(
    restoring: RestoringServer, influx: Influx, kept: Put
) -> None:
    token = influx.transport.token
    restoring.lacking = {token: "write:authorizations"}
    with Influx(restoring.url, token, influx.org) as client:
        plan = plan_restore(client, kept("2.9.1"), TWO)
    assert plan.buckets[0].way == "lines"


def test_points_that_others_write_meanwhile_are_no_difference(operator: Influx, kept: Put) -> None:
    """Agents go on writing as soon as their bucket is there again."""
    plan = plan_restore(operator, kept("2.9.1"), TWO)

    def write(step: object) -> None:
        operator.write_lines(b"all,host=new f=1 1577836800000000000", bucket="two-shards")

    [result] = restore_buckets(plan, operator, progress=write)
    assert result.state == "done"


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (RestoreRequest(("missing",)), "no bucket 'missing'.*deleted-range, empty, two-shards"),
        (RestoreRequest(("_tasks",)), "system bucket takes another name"),
        (RestoreRequest(org="nobody"), "no bucket"),
    ],
)
def test_what_the_backup_has_not_is_refused(
    operator: Influx, kept: Put, asked: RestoreRequest, text: str
) -> None:
    if not asked.buckets:
        asked = replace(asked, buckets=("empty",))
    with pytest.raises(RestoreRefused, match=text):
        plan_restore(operator, kept("2.9.1"), asked)


@pytest.mark.parametrize(
    "options",
    [
        {"full": True, "buckets": ("a",)},
        {"as_name": "b"},
        {"as_name": "b", "buckets": ("a", "c")},
        {"as_name": "_b", "buckets": ("a",)},
    ],
)
def test_a_request_that_contradicts_itself_is_refused(options: dict[str, object]) -> None:
    with pytest.raises(RestoreRefused):
        RestoreRequest(**options)  # type: ignore[arg-type]
