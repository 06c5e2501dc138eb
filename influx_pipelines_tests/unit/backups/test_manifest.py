from __future__ import annotations

import pytest

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.verify.manifest import BadManifest, Manifest, parse_manifest
from influx_pipelines_tests.backups import FOLDER, VERSIONS


def text(version: str = "2.9.1") -> bytes:
    (path,) = (FOLDER / version).glob("*.manifest")
    return path.read_bytes()


@pytest.mark.parametrize("version", VERSIONS)
def test_a_manifest_of_the_official_tool_is_written_back_byte_for_byte(version):
    assert parse_manifest(text(version)).to_bytes() == text(version)


def test_letters_that_go_escapes_are_escaped():
    odd = text().replace(b"nothing was ever written here", b"a\\u003cb\\u0026 \\u2028")
    assert parse_manifest(odd).to_bytes() == odd


def test_keys_of_newer_servers_are_kept():
    newer = text().replace(b'"manifestVersion": 2,', b'"manifestVersion": 2,\n  "news": [1],', 1)
    read = parse_manifest(newer)
    assert b'"news": [' in read.to_bytes()


def test_shards_come_with_their_bucket_and_their_stretch_of_time():
    manifest: Manifest = parse_manifest(text())
    found = [(bucket.bucket_name, group.start_ns) for bucket, group, _ in manifest.shards()]
    assert sorted((name, time // 10**9) for name, time in found) == [
        ("deleted-range", 1578614400),
        ("two-shards", 1577664000),
        ("two-shards", 1578873600),
    ]


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (b'"manifestVersion": 2', b'"manifestVersion": 3', "manifestVersion: Input should be 2"),
        (b'"size": 5040', b'"size": "5040"', "kv.size: Input should be a valid integer"),
        (b'"size": 5040', b'"size": -1', "kv.size"),
        (b'"fileName": "', b'"fileName": "../', "kv.fileName: is no bare name"),
        (b'"fileName": "', b'"fileName": "/etc/', "kv.fileName: is no bare name"),
        (b'"compression": 1', b'"compression": 7', "kv.compression"),
        (b'"bucketID": "', b'"bucketID": "x', "no ID of sixteen hexadecimal digits"),
        (b"T00:00:00Z", b"T00:60:00Z", "startTime"),
        (b'"size": 5040', b'"size": 5040, "size": 1', "the key 'size' stands there twice"),
        (b"sample-org", b"sample-\xff", "is not UTF-8"),
        (b"sample-org", b"sample-\\ud800", "half a letter"),
        (b"5040", b"9" * 5000, "thousands of digits"),
        (b'"kv": {', b'"kv": [[{', "is no JSON"),
        (b'"kv"', b'"kw"', "kv: Field required"),
    ],
)
def test_a_damaged_manifest_says_where(old, new, says):
    with pytest.raises(BadManifest) as error:
        parse_manifest(text().replace(old, new, 1))
    assert says in str(error.value)


def test_endless_nesting_is_no_manifest():
    with pytest.raises(BadManifest, match="nested without end"):
        parse_manifest(b"[" * 200_000)


def test_a_set_of_a_2_0_server_is_refused_with_what_to_do():
    with pytest.raises(NotASet, match="Update the server to"):
        parse_manifest(b'{"kv": {"fileName": "a.bolt", "size": 1}, "files": []}')
