"""A logical backup taken, verified, restored: what comes back is what was there, or it is said."""

from __future__ import annotations

import gzip
import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from influx_pipelines.backups.errors import NoSpace
from influx_pipelines.backups.logical import script
from influx_pipelines.backups.logical.bucket import BucketTaker
from influx_pipelines.backups.logical.contents import Contents, WindowFile, load_contents
from influx_pipelines.backups.logical.journal import Begun, Journal
from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.logical.survey import survey
from influx_pipelines.backups.logical.windows import ALL
from influx_pipelines.backups.progress import Step
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.backups.verify.logical import verify_logical
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.writing.linesplit import split
from influx_pipelines_tests.logical import taken
from influx_pipelines_tests.proxy import Proxy

HOUR = 3600 * 10**9
START = 1_577_836_800 * 10**9


def lines(found: BackupSet, bucket: str) -> list[bytes]:
    """All of a bucket, a value each, in order."""
    files = [w.file for w in load_contents(found.path).bucket(bucket).windows]
    return sorted(split(b"".join(gzip.decompress((found.path / f).read_bytes()) for f in files)))


def notes_on(found: BackupSet) -> str:
    assert found.record is not None
    return "\n".join(found.record.notes)


HARD = rb"""
m=1,host=a\ b,k\,x=\ f v\=1=1.5 -9223372036854775806
m=1,host=\\\,c v\=1=-0.0 9223372036854775805
m f=5e-324,i=-9223372036854775808i,u=18446744073709551615u,b=true,s="" 1577836800000000001
m f=1.7976931348623157e308,i=9223372036854775807i,u=0u,b=false 1577836800000000002
m s="a\"b\\ %0D%25" 1577836800000000002
\ m\,,table=x,result=y,error=e,\ te\ g=\"v\" _value=1i,_field=2i 7
""".strip()
HARD += '\nmüß,täg=日本\u2028 "f"=1,naïve="☃\t\x00𝄞" 8\n'.encode()
RETURNS = b'm s="a\rb\r\nc\nd%0D" 1577836800000000003\n'


def test_everything_comes_back_as_it_was(influx: Influx, tmp_path: Path) -> None:
    influx.create_bucket("hard", retention_seconds=0, description="d", shard_group_seconds=3600)
    influx.create_bucket("empty", retention_seconds=86_400)
    influx.write_lines(HARD, bucket="hard")
    influx.write_lines(RETURNS, bucket="hard")
    first = taken(influx, tmp_path / "first")
    report = verify_logical(first.path)
    assert report.damages == ()
    assert notes_on(first) == "system buckets are left out: _monitoring, _tasks"
    assert restore_bucket(influx, first, "hard", as_name="back").differences == ()
    made = influx.find_bucket("back")
    assert made is not None
    assert (made.description, made.retention_seconds, made.shard_group_seconds) == ("d", 0, 3600)
    second = taken(influx, tmp_path / "second")
    assert lines(second, "back") == lines(first, "hard")
    assert len(lines(first, "hard")) == 17
    assert RETURNS in lines(first, "hard")
    assert [bucket.name for bucket in report.buckets] == ["empty", "hard"]
    assert list(tmp_path.glob("_import*")) == []


def test_nobody_else_reads_it_and_no_secret_is_in_it(influx: Influx, tmp_path: Path) -> None:
    influx.create_bucket("b", retention_seconds=0)
    influx.write_lines(b"m f=1 1\n", bucket="b")
    influx.put_secret("key", "the-secret-value")
    made = influx.request(
        "POST",
        "/api/v2/authorizations",
        json={
            "orgID": influx.org_id,
            "description": "reader",
            "permissions": [
                {"action": "read", "resource": {"type": "buckets", "orgID": influx.org_id}}
            ],
        },
    )
    found = taken(influx, tmp_path / "set")
    paths = list(found.path.rglob("*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_dir()} == {0o700}
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths if path.is_file()} == {0o600}
    told = b"".join(path.read_bytes() for path in paths if path.is_file())
    assert b"reader" in told
    for secret in (made["token"], "the-secret-value", influx.transport.token):
        assert secret.encode() not in told


def of_two_types(influx: Influx) -> list[bytes]:
    """A bucket with two groups of hours, in each of which a field has another type."""
    influx.create_bucket("two", retention_seconds=0, shard_group_seconds=3600)
    values = [b"1.5"] * 4 + [b"2i"] * 4
    many = [b"m f=%s %d\n" % (value, START + n * HOUR) for n, value in enumerate(values)]
    influx.write_lines(b"".join(many), bucket="two")
    return sorted(many)


def have_one_type(windows: Iterable[WindowFile]) -> bool:
    names = [[(one.measurement, one.field) for one in window.fields] for window in windows]
    return all(len(window) == len(set(window)) for window in names)


def test_a_field_of_two_types_keeps_both(influx: Influx, tmp_path: Path) -> None:
    """A query over both shard groups leaves the second type out (on 2.9.1): none is made."""
    many = of_two_types(influx)
    found = taken(influx, tmp_path / "set")
    assert lines(found, "two") == many
    assert have_one_type(load_contents(found.path).bucket("two").windows)
    assert restore_bucket(influx, found, "two", as_name="back").differences == ()


def test_shard_groups_older_than_their_length_are_found(influx: Influx, tmp_path: Path) -> None:
    """The bucket says days, its groups were made when it said hours."""
    many = of_two_types(influx)
    bucket = influx.find_bucket("two")
    assert bucket is not None
    rule = bucket.rules[0].model_copy(update={"shard_group_seconds": 24 * 3600})
    bucket = bucket.model_copy(update={"rules": (rule,)})
    begun = Begun(url=influx.url, org_id=influx.org_id, started=datetime.now(UTC))
    journal = Journal.open(tmp_path, begun)
    taker = BucketTaker(influx, tmp_path, bucket, survey(influx, bucket), journal)
    done = list(taker.steps())
    files = [gzip.decompress((tmp_path / one.file.name).read_bytes()) for one in done]
    assert sorted(split(b"".join(files))) == many
    assert have_one_type(one.window for one in done)
    assert len(done) < 20


def test_what_no_query_gives_back_is_said(influx: Influx, tmp_path: Path) -> None:
    for name in ("panic", "returns", "blank"):
        influx.create_bucket(name, retention_seconds=0)
    influx.write_lines(b"m f=1 1\nbad,_time=x f=1 1\nworse,_start=x f=1 1\n", bucket="panic")
    influx.write_lines(b"m,t=a\rb f=1 1\nn,k\rey=a f=1 1\n", bucket="returns")
    found = taken(influx, tmp_path / "set")
    assert lines(found, "panic") == [b"m f=1.0 1\n"]
    assert "bucket 'panic': 'bad', 'worse' cannot be read by any query" in notes_on(found)
    assert r"bucket 'returns': 'k\\rey', 'm' has a name or tag with a carriage return" in notes_on(
        found
    )
    assert "'blank'" not in notes_on(found)
    assert verify_logical(found.path).damages == ()


def test_tags_are_listed_alike_with_and_without_the_index(influx: Influx) -> None:
    bucket = influx.create_bucket("b", retention_seconds=0)
    influx.write_lines(b"m,t=a,k\rey=b f=1 1\nn,u=a f=1i 9\n", bucket="b")
    asked = (script.tag_keys("b"), script.tag_keys_of(script.source(bucket.id, ALL)))
    first, second = ({row["_value"] for row in influx.query(flux).rows()} for flux in asked)
    assert first == second >= {"t", "k%0Dey", "u"}


def test_a_bucket_that_is_written_to_or_deleted_meanwhile(influx: Influx, tmp_path: Path) -> None:
    buckets = {n: influx.create_bucket(n, retention_seconds=0) for n in ("alive", "gone", "later")}
    many = [b"m f=%d.0 %d\n" % (n, START + n * 200 * HOUR) for n in range(5)]
    for name in buckets:
        influx.write_lines(b"".join(many), bucket=name)

    def meanwhile(step: Step) -> None:
        if step.what.startswith("alive"):
            influx.write_lines(
                b"m f=1 %d\nm g=2 %d\n" % (START, START + 700 * HOUR), bucket="alive"
            )
            if influx.find_bucket("later"):
                influx.delete_bucket(buckets["later"])
        if step.what.startswith("gone") and influx.find_bucket("gone"):
            influx.delete_bucket(buckets["gone"])

    found = taken(influx, tmp_path / "set", meanwhile)
    assert load_contents(found.path).names == ("alive",)
    assert set(lines(found, "alive")) >= set(many[1:])
    for name in ("gone", "later"):
        assert f"bucket '{name}' was deleted meanwhile: it is left out" in notes_on(found)
    assert verify_logical(found.path).damages == ()


def many_empty(influx: Influx, folder: Path, buckets: int) -> None:
    for number in range(buckets):
        influx.create_bucket(f"empty{number}", retention_seconds=0)
    with Proxy(influx.url) as proxy, Influx(proxy.url, influx.transport.token, influx.org) as seen:
        found = taken(seen, folder)
        asked = len(proxy.requests)
    assert len(load_contents(found.path).buckets) == buckets
    assert asked <= 40 + buckets / 10


def test_empty_buckets_are_kept_and_cost_few_requests(influx: Influx, tmp_path: Path) -> None:
    many_empty(influx, tmp_path / "set", 60)


@pytest.mark.proof
def test_a_thousand_empty_buckets_cost_few_requests(influx: Influx, tmp_path: Path) -> None:
    many_empty(influx, tmp_path / "set", 1_000)


def test_an_answer_that_breaks_off_is_asked_for_again(influx: Influx, tmp_path: Path) -> None:
    influx.create_bucket("b", retention_seconds=0)
    many = [b"m f=%d.0 %d\n" % (n, START + n * HOUR) for n in range(300)]
    influx.write_lines(b"".join(many), bucket="b")
    with Proxy(influx.url) as proxy, Influx(proxy.url, influx.transport.token, influx.org) as seen:
        queries = 0

        def fault(method: str, path: str, number: int) -> str | None:
            nonlocal queries
            queries += path == "/api/v2/query"
            broken = {1: "no last chunk", 3: "cut", 5: "no last chunk", 8: "lose"}
            return broken.get(queries) if path == "/api/v2/query" else None

        proxy.fault = fault
        found = taken(seen, tmp_path / "set")
    assert lines(found, "b") == sorted(many)
    assert isinstance(load_contents(found.path), Contents)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a file that is a full disk")
def test_a_full_disk_is_named(influx: Influx, tmp_path: Path) -> None:
    bucket = influx.create_bucket("b", retention_seconds=0)
    influx.write_lines(b"m f=1 %d\nm f=1 %d\n" % (START, START + 200 * HOUR), bucket="b")

    def fill(step: Step) -> None:
        folder = tmp_path / "set.partial" / "data" / bucket.id
        (folder / "20200109T080000Z.lp.gz.part").symlink_to("/dev/full")

    with pytest.raises(NoSpace, match="is full: make room"):
        taken(influx, tmp_path / "set", fill)
