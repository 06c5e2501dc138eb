"""The client over HTTP: what comes back, and what every kind of trouble becomes."""

from __future__ import annotations

import secrets
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from influx_pipelines.influx import errors
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection
from influx_pipelines.server.process import free_port
from influx_pipelines_tests.proxy import Proxy

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
READ = """
from(bucket: params.bucket)
    |> range(start: 1970-01-01T00:00:00Z, stop: 2100-01-01T00:00:00Z)
    |> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")
"""


def test_every_type_comes_back_as_it_was_written(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    row = {"t": "a b,c=d", "i": -3, "f": 1.0, "s": 'say "x\\y", ☀', "o": True, "time": NOON}
    result = influx.write([row], bucket="b", measurement="m x", tags=["t"])
    assert (result.points, result.skipped, result.dropped) == (1, 0, 0)
    (found,) = influx.query(READ, {"bucket": "b"}).rows()
    assert {name: found[name] for name in "tifso"} == {name: row[name] for name in "tifso"}
    assert (found["_measurement"], found["_time"]) == ("m x", NOON)
    assert type(found["f"]) is float


TEXT = st.text(
    st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\\"), min_size=1, max_size=20
)


VALUES = TEXT | st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(-1e300, 1e300)
KEYS = TEXT.filter(lambda name: name not in ("time", "_time", "t"))


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(tag=TEXT, key=KEYS, value=VALUES)
def test_what_can_be_written_comes_back(influx: Influx, tag: str, key: str, value: object) -> None:
    if influx.find_bucket("p") is None:
        influx.create_bucket("p", retention_seconds=0)
    name = f"m-{secrets.token_hex(8)}"  # each example is a measurement of its own
    influx.write([{"t": tag, key: value, "time": NOON}], bucket="p", measurement=name, tags=["t"])
    flux = """
        from(bucket: params.bucket)
            |> range(start: 0)
            |> filter(fn: (r) => r._measurement == params.name)
    """
    (found,) = influx.query(flux, {"bucket": "p", "name": name}).rows()
    assert (found["t"], found["_field"], found["_value"]) == (tag, key, value)


def test_a_list_is_whole_beyond_one_page(influx: Influx) -> None:
    names = {f"b{number:03}" for number in range(250)}
    for name in names:
        influx.create_bucket(name, retention_seconds=0)
    assert {bucket.name for bucket in influx.buckets()} == {*names, "_tasks", "_monitoring"}


def test_an_inactive_token_gets_an_empty_list_that_nobody_believes(
    influx: Influx, server: Connection, org: str
) -> None:
    """An inactive token answers 200 with an empty list: every bucket looked deleted."""
    body = {"orgID": influx.org_id, "permissions": _read_buckets(influx.org_id), "status": "active"}
    made = influx.request("POST", "/api/v2/authorizations", json=body)
    with Influx(server.url, made["token"], org) as narrow:
        narrow.__dict__["org_id"] = influx.org_id
        assert len(narrow.buckets()) == 2
        influx.request("PATCH", f"/api/v2/authorizations/{made['id']}", json={"status": "inactive"})
        with pytest.raises(errors.IncompleteList, match="inactive"):
            narrow.buckets()


def test_a_token_may_write_without_reading_and_read_without_writing(
    influx: Influx, server: Connection, org: str
) -> None:
    """A write looks nothing up that takes another right than to write to the bucket."""
    bucket = influx.create_bucket("b", retention_seconds=0)
    tokens = []
    for action in ("write", "read"):
        resource = {"type": "buckets", "orgID": influx.org_id, "id": bucket.id}
        permissions = [{"action": action, "resource": resource}]
        body = {"orgID": influx.org_id, "permissions": permissions}
        tokens.append(influx.request("POST", "/api/v2/authorizations", json=body)["token"])
    rows = [{"f": 1.0, "time": NOON}]
    window = {"start": NOON, "stop": NOON + timedelta(hours=1)}
    with Influx(server.url, tokens[0], org) as writer, Influx(server.url, tokens[1], org) as reader:
        assert writer.write(rows, bucket="b", measurement="m").points == 1
        with pytest.raises(errors.NotFound, match='could not find bucket "b"'):
            writer.read("b", "m", **window)
        assert [row["f"] for row in reader.read("b", "m", **window).rows()] == [1.0]
        with pytest.raises(errors.Forbidden, match="Give the token that permission"):
            reader.write(rows, bucket="b", measurement="m")
        with pytest.raises(errors.Forbidden, match="insufficient permissions to delete"):
            reader.delete("b", "m")
        writer.delete("b", "m")
        assert reader.read("b", "m", **window).rows() == []


def _read_buckets(org_id: str) -> list[dict[str, object]]:
    """Return what it takes to list every bucket; system buckets take the organization."""
    return [
        {"action": "read", "resource": {"type": "buckets", "orgID": org_id}},
        {"action": "read", "resource": {"type": "orgs", "id": org_id}},
    ]


def test_no_server_is_a_sentence(org: str) -> None:
    with (
        Influx(f"http://127.0.0.1:{free_port()}", "t", org, retry_seconds=0.2) as client,
        pytest.raises(errors.Unavailable, match=r"127\.0\.0\.1"),
    ):
        client.buckets()


def test_a_wrong_token_is_a_sentence_without_the_token(server: Connection, org: str) -> None:
    token = "wrong-but-secret-token-text"
    with (
        Influx(server.url, token, org) as client,
        pytest.raises(errors.Unauthorized) as caught,
    ):
        client.buckets()
    assert "INFLUXDB_TOKEN" in str(caught.value)
    assert token not in str(caught.value)


def test_something_else_at_the_address_is_named(org: str) -> None:
    class Page(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<html>It works!</html>")

        def log_message(self, *args: object) -> None:
            pass

    page = HTTPServer(("127.0.0.1", 0), Page)
    threading.Thread(target=page.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{page.server_address[1]}"
    with Influx(url, "t", org) as client, pytest.raises(errors.NotInfluxDB):
        client.buckets()
    page.shutdown()
    page.server_close()


def test_an_unknown_organisation_is_named(server: Connection) -> None:
    with (
        Influx(server.url, server.token, "nobody") as client,
        pytest.raises(errors.NotFound, match="INFLUXDB_ORG"),
    ):
        client.buckets()


def test_a_taken_name_is_a_conflict(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    with pytest.raises(errors.Conflict):
        influx.create_bucket("b", retention_seconds=0)


def test_a_creation_whose_answer_was_lost_happens_once(
    influx: Influx, server: Connection, org: str
) -> None:
    """The repeat after a broken connection met its own bucket and reported a conflict."""
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        lost: list[int] = []

        def once(method: str, path: str, number: int) -> str | None:
            if method == "POST" and path == "/api/v2/buckets" and not lost:
                lost.append(number)
                return "lose"
            return None

        proxy.fault = once
        assert client.create_bucket("b", retention_seconds=0).name == "b"
    assert lost
    assert [bucket.name for bucket in influx.buckets()].count("b") == 1


def test_a_server_error_is_tried_again(influx: Influx, server: Connection, org: str) -> None:
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, org) as client:
        proxy.fault = lambda method, path, number: "refuse" if number <= 2 else None
        assert client.org_id == influx.org_id


def test_a_partial_write_counts_and_names_the_reason(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    influx.write([{"f": 1, "time": NOON}], bucket="b", measurement="m")
    rows = [{"f": 1.5, "time": NOON}, {"g": 2, "time": NOON + timedelta(seconds=1)}]
    with pytest.raises(errors.PartialWrite, match="already exists as type integer") as caught:
        influx.write(rows, bucket="b", measurement="m")
    assert caught.value.dropped == 1


def test_a_broken_query_tells_the_place(influx: Influx) -> None:
    with pytest.raises(errors.QueryFailed, match="@1:1-1:5"):
        influx.query("nope()")


def test_parameters_are_bound_and_never_pasted(influx: Influx) -> None:
    influx.create_bucket("b", retention_seconds=0)
    hostile = 'x") |> drop(columns: ["_value"]) //'
    influx.write([{"t": hostile, "f": 1, "time": NOON}], bucket="b", measurement="m", tags=["t"])
    flux = READ.replace("|> pivot", "|> filter(fn: (r) => r.t == params.t) |> pivot")
    assert len(influx.query(flux, {"bucket": "b", "t": hostile}).rows()) == 1


def test_the_server_says_what_it_is(influx: Influx) -> None:
    found = influx.capabilities
    assert found.version >= (2, 1)
    assert influx.token_rights().kind == "operator"
    assert 0 < influx.latency() < 5
