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
