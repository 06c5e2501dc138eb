"""Every mistake of bucket sensors that look at edges, at names alone, or at lists that lie."""

from __future__ import annotations

import dagster as dg
import pytest

from influx_pipelines.defs.buckets import assets as bucket_assets
from influx_pipelines.defs.buckets import wanted
from influx_pipelines.influx.models import Bucket
from influx_pipelines.resources import InfluxDBResource
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.dagster.conftest import World, span
from influx_pipelines_tests.proxy import Proxy


def requests(result: dg.SensorResult | dg.SkipReason) -> list[dg.RunRequest]:
    assert isinstance(result, dg.SensorResult), result
    return list(result.run_requests or [])


def test_a_bucket_made_by_somebody_else_gets_partition_mapping_and_profile(world: World) -> None:
    world.bucket("theirs")
    assert world.settle() == 1
    assert world.keys() == ["theirs"]
    assert world.materialized() == {"theirs"}
    assert world.mapped() == {"theirs": "1w"}
    assert requests(world.tick()) == []


def test_a_bucket_that_was_there_before_the_first_tick_is_seen(world: World) -> None:
    """A sensor that waits for changes never saw what existed when it was switched on."""
    world.bucket("old")
    assert span(requests(world.tick())[0]) == ("old", "old")


def test_a_renamed_bucket_follows(world: World) -> None:
    identity = world.bucket("before")
    world.settle()
    world.client.update_bucket(identity, name="after")
    world.settle()
    world.settle()
    assert world.keys() == ["after"]
    assert world.mapped() == {"after": "1w"}


def test_a_bucket_made_again_under_its_name_is_made_anew(world: World) -> None:
    """By name alone the new bucket looked finished; its mapping had gone with the old one."""
    world.bucket("a")
    world.settle()
    found = world.client.find_bucket("a")
    assert found is not None
    world.client.delete_bucket(found)
    world.bucket("a")
    assert world.settle() == 1
    assert world.mapped() == {"a": "1w"}


def test_250_buckets_are_one_run(world: World) -> None:
    """The first page of twenty was taken for the whole list."""
    for number in range(250):
        world.bucket(f"b{number:03}")
    found = requests(world.tick())
    assert [span(request) for request in found] == [("b000", "b249")]
    assert len(world.keys()) == 250


def test_a_failed_list_is_a_skip_and_removes_nothing(world: World, server: Connection) -> None:
    world.bucket("a")
    world.settle()
    with Proxy(server.url) as proxy:
        proxy.fault = lambda method, path, number: "deny"
        world.resource = InfluxDBResource(url=proxy.url, token=server.token, org=world.client.org)
        for _ in range(2):
            result = world.tick()
            assert isinstance(result, dg.SkipReason)
            assert "could not be read" in (result.skip_message or "")
    assert world.keys() == ["a"]


def test_an_empty_list_of_an_inactive_token_removes_nothing(
    world: World, server: Connection
) -> None:
    """A 200 with an empty list deleted every partition."""
    world.bucket("a")
    world.settle()
    client, org_id = world.client, world.client.org_id
    rights = [
        {"action": action, "resource": {"type": kind, "orgID": org_id}}
        for action in ("read", "write")
        for kind in ("buckets", "orgs")
    ]
    body = {"orgID": org_id, "permissions": rights}
    made = client.request("POST", "/api/v2/authorizations", json=body)
    client.request("PATCH", f"/api/v2/authorizations/{made['id']}", json={"status": "inactive"})
    world.resource = InfluxDBResource(url=server.url, token=made["token"], org=client.org)
    for _ in range(3):
        assert isinstance(world.tick(), dg.SkipReason)
    assert world.keys() == ["a"]


@pytest.mark.parametrize(
    "name",
    ["site/weekly", "a,b", "a b", "wärme ☀", "UPPER", "dots.and-dashes", "50%", "a'b", "[x]"],
)
def test_unusual_names_are_partitions_like_any_other(world: World, name: str) -> None:
    world.bucket(name)
    world.settle()
    assert world.keys() == [name]
    assert world.materialized() == {name}


def test_a_name_with_a_slash_keeps_the_virtual_mapping(world: World) -> None:
    world.bucket("site/weekly")
    world.settle()
    assert world.mapped() == {}


@pytest.mark.parametrize("name", ["", "a...b", "tab\there"])
def test_a_name_that_cannot_be_a_key_is_left_out_with_a_warning(world: World, name: str) -> None:
    world.client.request(
        "POST", "/api/v2/buckets", json={"orgID": world.client.org_id, "name": name}
    )
    world.bucket("good")
    world.settle()
    assert world.keys() == ["good"]


def test_system_buckets_are_no_partitions_and_never_mapped(world: World) -> None:
    assert requests(world.tick()) == []
    assert world.keys() == []
    assert world.mapped() == {}


def test_a_run_in_flight_is_not_asked_for_again(world: World) -> None:
    world.bucket("a")
    request = requests(world.tick())[0]
    definitions = dg.Definitions(assets=[bucket_assets.bucket_profile], resources=world.resources)
    world.instance.create_run_for_job(
        definitions.resolve_implicit_global_asset_job_def(),
        tags={"dagster/partition": "a", **request.tags},
        status=dg.DagsterRunStatus.STARTED,
    )
    assert requests(world.tick()) == []


def test_one_failing_bucket_of_a_range_leaves_the_others_done(
    world: World, server: Connection
) -> None:
    """One bad bucket failed the whole range, and the next tick asked for all of it again."""
    for name in ("a", "b", "c"):
        world.bucket(name)
    request = requests(world.tick())[0]
    with Proxy(server.url) as proxy:
        world.resource = InfluxDBResource(url=proxy.url, token=server.token, org=world.client.org)

        def all_but_the_first(method: str, path: str, number: int) -> str | None:
            mapped = method == "POST" and path == "/api/v2/dbrps" and world.mapped()
            return "deny" if mapped else None

        proxy.fault = all_but_the_first
        result = world.serve(request)
    assert not result.success
    assert world.materialized() == {"a"}
    failure = result.failure_data_for_node("influx__dbrp_mappings")
    assert failure is not None
    assert "2 of 3 buckets failed" in failure.user_failure_data.description


def test_neighbours_that_are_done_are_not_made_again(world: World) -> None:
    world.bucket("a")
    world.bucket("c")
    world.settle()
    world.bucket("b")
    world.bucket("d")
    assert [span(request) for request in requests(world.tick())] == [("b", "d")]


def test_a_failed_stretch_is_tried_again_with_back_off() -> None:
    assert wanted.is_due(0, 0.0, 1_000.0)
    assert not wanted.is_due(1, 1_000.0, 1_059.0)
    assert wanted.is_due(1, 1_000.0, 1_060.0)
    assert not wanted.is_due(3, 1_000.0, 1_239.0)
    assert wanted.is_due(30, 1_000.0, 4_600.0)


def test_a_partition_goes_after_two_lists_without_its_bucket(world: World) -> None:
    world.bucket("a")
    world.bucket("b")
    world.settle()
    found = world.client.find_bucket("b")
    assert found is not None
    world.client.delete_bucket(found)
    world.tick()
    assert world.keys() == ["a", "b"], "one list is not enough"
    world.tick()
    assert world.keys() == ["a"]


def test_many_missing_at_once_remove_nothing_and_fail_a_check(world: World) -> None:
    for number in range(20):
        world.bucket(f"b{number:02}")
    world.settle()
    for number in range(5):
        found = world.client.find_bucket(f"b{number:02}")
        assert found is not None
        world.client.delete_bucket(found)
    for _ in range(3):
        result = world.tick()
        assert isinstance(result, dg.SensorResult)
    assert len(world.keys()) == 20
    (event,) = result.asset_events
    assert isinstance(event, dg.AssetCheckEvaluation)
    assert not event.passed


def test_a_cursor_of_another_form_starts_over(world: World) -> None:
    world.bucket("a")
    world.cursor = '{"version": 99, "missing": "?"}'
    assert requests(world.tick())


def test_stretches_are_neighbours_in_the_order_of_the_partitions() -> None:
    assert wanted.stretches(["a", "b", "c", "d"], {"a", "b", "d"}) == [["a", "b"], ["d"]]


def test_a_bucket_needs_all_of_its_assets_for_its_present_id() -> None:
    bucket = Bucket(id="2", name="a")
    assert wanted.outdated([bucket], [{"a": "2"}, {"a": "2"}], ()) == []
    assert wanted.outdated([bucket], [{"a": "2"}, {"a": "1"}], ()) == [bucket]
    assert wanted.outdated([bucket], [{"a": "2"}, {}], ()) == [bucket]
    assert wanted.outdated([bucket], [{}, {}], {"a"}) == []
