"""Writing over HTTP: the order of checks, packed bodies, times."""

from __future__ import annotations

import gzip
import zlib

import pytest

from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
PACKED = gzip.compress(b"g f=1 1\n", mtime=0)


def write(server: Embedded, query: str, body: bytes, encoding: str = "") -> tuple[int, str]:
    headers = {"Content-Encoding": encoding} if encoding else {}
    answer = server.request("POST", f"/api/v2/write?{query}", body=body, headers=headers)
    return answer.status, answer.json()["message"] if answer.data else ""


@pytest.mark.parametrize(
    ("query", "encoding", "says"),
    [
        ("precision=x", "gzip", (400, "invalid precision")),
        ("precision=s&org=nobody", "gzip", (404, "bucket not found")),
        ("bucket=nowhere&org=nobody", "gzip", (500, "internal error")),
        ("bucket=nowhere&org=nobody", "", (404, 'organization name "nobody"')),
        ("bucket=nowhere&org=org", "", (404, 'bucket "nowhere" not found')),
        ("bucket=nowhere&org=org&org=nobody", "", (404, 'bucket "nowhere" not found')),
        ("bucket=nowhere&org=00000000000000ff", "", (404, "organization not found")),
        ("bucket=nowhere&orgID=x", "", (400, "id must have a length of 16 bytes")),
        ("bucket=first&org=org", "", (400, "unable to parse 'bad': missing fields")),
        ("bucket=first&org=org", "GZIP", (400, "unable to parse 'bad': missing fields")),
    ],
)
def test_the_first_fault_is_told(
    shared: Embedded, query: str, encoding: str, says: tuple[int, str]
) -> None:
    status, message = write(shared, query, b"bad", encoding)
    assert status == says[0]
    assert says[1] in message


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (PACKED, (204, "")),
        (PACKED + PACKED, (204, "")),
        (PACKED[:-5] + bytes([PACKED[-5] ^ 1]) + PACKED[-4:], (400, "gzip: invalid checksum")),
        (PACKED[:-1] + b"\x01", (400, "gzip: invalid checksum")),
        (PACKED + b"more than a header", (400, "gzip: invalid header")),
        (PACKED[:-3], (500, "unexpected EOF")),
        (PACKED[:10] + b"\xff" * 20, (500, "flate: corrupt input")),
        (PACKED[:5], (500, "internal error")),
        (zlib.compress(b"g f=1 1"), (500, "internal error")),
        (b"", (500, "internal error")),
    ],
)
def test_a_damaged_body_is_told_from_a_cut_one(
    shared: Embedded, body: bytes, says: tuple[int, str]
) -> None:
    status, message = write(shared, "bucket=first&org=org", body, "x-gzip")
    assert status == says[0]
    assert says[1] in message


def test_a_body_that_unpacks_to_too_much_is_refused_whatever_its_members(shared: Embedded) -> None:
    body = gzip.compress(b"#" * (30 * 1024 * 1024), 1) * 2
    assert write(shared, "bucket=first&org=org", body, "gzip")[0] == 413


def test_more_bad_lines_than_anybody_reads_are_refused(shared: Embedded) -> None:
    """Every one of 25 million was kept and told."""
    status, message = write(shared, "bucket=first&org=org", b"bad\n" * 200_000)
    assert status == 501
    assert message.startswith("a body with more than 100000 bad lines")


def test_the_id_of_a_bucket_is_enough_in_any_organisation(shared: Embedded) -> None:
    """The organisation that is named was asked to be that of the bucket."""
    found = shared.request("GET", "/api/v2/buckets?name=first&org=org").json()["buckets"]
    shared.request("POST", "/api/v2/orgs", json={"name": "other"})
    place = f"org=other&bucket={found[0]['id']}"
    assert write(shared, place, b"elsewhere f=5 1")[0] == 204
    assert write(shared, "org=other&bucket=first", b"elsewhere f=5 1")[0] == 404
    read = f'from(bucketID: "{found[0]["id"]}") |> range(start: 0)'
    only = f'{read} |> filter(fn: (r) => r._measurement == "elsewhere")'
    answer = shared.request("POST", "/api/v2/query?org=other", json={"query": only})
    assert b"elsewhere" in answer.data
    body = {
        "start": "1970-01-01T00:00:00Z",
        "stop": "2100-01-01T00:00:00Z",
        "predicate": "_measurement=elsewhere",
    }
    assert shared.request("POST", f"/api/v2/delete?{place}", json=body).status == 204
    answer = shared.request("POST", "/api/v2/query?org=other", json={"query": only})
    assert answer.data == b"\r\n"
