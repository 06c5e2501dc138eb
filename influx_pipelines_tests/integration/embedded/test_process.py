"""The embedded server's own process."""

from __future__ import annotations

import gzip
import json
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import urllib3

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(tmp_path / "data", free_port()) as found:
        found.set_up()
        yield found


def write(server: Embedded, lines: str) -> int:
    return server.request("POST", "/api/v2/write?org=org&bucket=first", body=lines.encode()).status


def count(server: Embedded) -> int:
    flux = 'from(bucket: "first") |> range(start: 0) |> group() |> count()'
    answer = server.request("POST", "/api/v2/query?org=org", json={"query": flux})
    rows = [line for line in answer.data.decode().splitlines() if line.startswith(",_result")]
    return int(rows[0].split(",")[-1]) if rows else 0


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "influx_pipelines.embedded", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.0.1", "example.org", "::"])
def test_it_listens_on_loopback_only(tmp_path: Path, host: str) -> None:
    done = run("--data", str(tmp_path), "--host", host)
    assert done.returncode == 1
    assert "loopback only" in done.stderr


def test_a_folder_has_one_owner(server: Embedded) -> None:
    done = run("--data", str(server.data))
    assert done.returncode == 1
    assert "Another embedded server" in done.stderr


def test_a_damaged_file_is_named_in_a_sentence(tmp_path: Path) -> None:
    """It was a traceback of SQLite."""
    (tmp_path / "influx.sqlite").write_bytes(b"no database" * 400)
    done = run("--data", str(tmp_path))
    assert done.returncode == 1
    assert "influx.sqlite cannot be read" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_folder_that_cannot_be_made_is_named_in_a_sentence(tmp_path: Path) -> None:
    """It was a traceback."""
    (tmp_path / "file").touch()
    done = run("--data", str(tmp_path / "file" / "data"))
    assert done.returncode == 1
    assert "cannot be used" in done.stderr
    assert "Traceback" not in done.stderr


def test_it_says_that_it_is_no_real_influxdb(server: Embedded) -> None:
    answer = server.request("GET", "/health", token=None)
    assert "embedded" in answer.json()["version"]
    assert "embedded" in answer.json()["message"]
    assert answer.headers["X-Influxdb-Build"] == "embedded"


def test_it_starts_fast_and_stays_small(server: Embedded) -> None:
    assert server.child is not None
    assert server.stop() == 0
    before = time.monotonic()
    server.start()
    assert time.monotonic() - before < 3.0  # 0.5 s on an idle machine: `make bench` measures
    memory = psutil.Process(server.child.pid).memory_info().rss
    assert memory < 80 * 1024 * 1024


def test_a_stop_ends_it_cleanly_and_keeps_everything(server: Embedded) -> None:
    assert write(server, "m f=1 1577836800000000000") == 204
    assert server.stop() == 0
    server.start()
    assert count(server) == 1


def test_its_files_are_private_and_hold_no_token(server: Embedded) -> None:
    made = server.request(
        "POST",
        "/api/v2/authorizations",
        json={
            "orgID": server.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"],
            "permissions": [{"action": "read", "resource": {"type": "buckets"}}],
        },
    ).json()
    assert stat.S_IMODE(server.data.stat().st_mode) == 0o700
    for name in ("influx.sqlite", "server.json"):
        assert stat.S_IMODE((server.data / name).stat().st_mode) == 0o600
    server.stop()
    for file in server.data.iterdir():
        content = file.read_bytes()
        assert server.token.encode() not in content, file
        assert made["token"].encode() not in content, file


def test_a_body_beyond_the_limit_is_refused_and_nothing_is_stored(server: Embedded) -> None:
    line = b"m f=1 1577836800000000000\n"
    plain = line * (50 * 1024 * 1024 // len(line) + 1)
    for body, headers in (
        (plain, {}),
        (gzip.compress(plain, 1), {"Content-Encoding": "gzip"}),  # a bomb
    ):
        answer = server.request(
            "POST", "/api/v2/write?org=org&bucket=first", body=body, headers=headers
        )
        assert answer.status == 413
    assert count(server) == 0


@pytest.mark.parametrize(
    "flux",
    [
        "f = (x) => f(x: x)\nf(x: 1)",
        "x = " + "(" * 2000 + "1" + ")" * 2000,
        "x = [" * 500,
        'from(bucket: "first") |> range(start: 0) |> window(every: 1ns, createEmpty: true)',
        'from(bucket: "first") |> range(start: 0) |> window(every: 1ns, period: 1y)',
        "\x00",
        '"' * 10_001,
        "a = " + "-" * 3000 + "1",
    ],
)
def test_a_hostile_script_is_refused_and_the_server_lives_on(server: Embedded, flux: str) -> None:
    write(server, "m f=1 1577836800000000000")
    answer = server.request("POST", "/api/v2/query?org=org", json={"query": flux})
    assert 400 <= answer.status < 500, answer.data[:300]
    assert count(server) == 1


def test_what_it_does_not_do_is_refused_by_name(server: Embedded) -> None:
    for method, path in (
        ("GET", "/api/v2/scrapers"),
        ("POST", "/api/v2/stacks"),
        ("GET", "/metrics"),
    ):
        answer = server.request(method, path)
        assert answer.status == 501
        assert path in answer.json()["message"]
        assert answer.json()["message"].endswith("is not supported by the embedded server")
        assert answer.headers["X-Platform-Error-Code"] == "not implemented"


def test_an_argument_that_is_not_honoured_is_refused(server: Embedded) -> None:
    flux = 'from(bucket: "first", host: "http://localhost") |> range(start: 0)'
    answer = server.request("POST", "/api/v2/query?org=org", json={"query": flux})
    assert answer.status == 501
    assert "host" in answer.json()["message"]


def test_minus_zero_and_the_largest_numbers_survive(server: Embedded) -> None:
    assert write(server, "m a=-0.0,b=18446744073709551615u,c=-9223372036854775808i 1") == 204
    flux = 'from(bucket: "first") |> range(start: 0) |> keep(columns: ["_field", "_value"])'
    text = server.request("POST", "/api/v2/query?org=org", json={"query": flux}).data.decode()
    for value in ("-0", "18446744073709551615", "-9223372036854775808"):
        assert f",{value}," in text.replace("\r\n", ",\r\n"), text


def test_the_official_client_works_with_it(server: Embedded) -> None:
    from influxdb_client import InfluxDBClient, Point
    from influxdb_client.client.write_api import SYNCHRONOUS

    with InfluxDBClient(server.url, server.token, org="org") as client:
        assert client.ping()
        bucket = client.buckets_api().create_bucket(bucket_name="official")
        writing = client.write_api(write_options=SYNCHRONOUS)
        writing.write("official", record=[Point("m").tag("t", "a").field("f", 1.5)])
        tables = client.query_api().query('from(bucket: "official") |> range(start: -1h)')
        assert [record.get_value() for table in tables for record in table.records] == [1.5]
        assert client.buckets_api().find_bucket_by_name("official").id == bucket.id
        assert client.labels_api().create_label("l", bucket.org_id, {"a": "b"}).name == "l"


def test_garbage_is_never_answered_with_a_server_error(server: Embedded) -> None:
    """A bounded walk over paths, verbs and bodies; a 500 is a mistake of ours."""
    paths = (
        "buckets",
        "orgs",
        "labels",
        "dbrps?orgID=x",
        "authorizations",
        "query?org=org",
        "delete?org=org&bucket=first",
        "setup",
    )
    bodies = (b"", b"{", b"[]", b"null", b'"x"', b"\xff\xfe", json.dumps({"name": 5}).encode())
    for path in paths:
        for body in bodies:
            for method in ("POST", "PATCH", "PUT"):
                answer = server.request(method, f"/api/v2/{path}", body=body)
                assert answer.status != 500, (method, path, body, answer.data[:200])


def test_a_connection_that_breaks_off_harms_nobody(server: Embedded) -> None:
    import socket

    with socket.create_connection(("127.0.0.1", server.port)) as raw:
        raw.sendall(
            b"POST /api/v2/write?org=org&bucket=first HTTP/1.1\r\nContent-Length: 99\r\n\r\nm f"
        )
    assert count(server) == 0
    assert urllib3.request("GET", f"{server.url}/ping").status == 204


def test_a_query_over_two_buckets_keeps_each_ones_retention(server: Embedded) -> None:
    """The retention of the bucket read last was applied to a read that was still under way."""
    org_id = server.request("GET", "/api/v2/orgs").json()["orgs"][0]["id"]
    rules = [{"everySeconds": 3600}]
    body = {"orgID": org_id, "name": "short", "retentionRules": rules}
    assert server.request("POST", "/api/v2/buckets", json=body).status == 201
    assert write(server, "m,n=1 f=1 1577836800000000000\nm,n=2 f=2 1577836800000000000") == 204
    flux = """
        other = () => from(bucket: "short")
            |> range(start: -1h)
            |> findColumn(fn: (key) => true, column: "n")
        from(bucket: "first")
            |> range(start: 0)
            |> filter(fn: (r) => length(arr: other()) == 0 and exists r.n)
    """
    text = server.request("POST", "/api/v2/query?org=org", json={"query": flux}).data.decode()
    assert text.count("2020-01-01T00:00:00Z") == 2, text
