"""A logical backup taken, verified, restored: what comes back is what was there."""

from __future__ import annotations

import gzip
from pathlib import Path

from influx_pipelines.backups.logical.contents import load_contents
from influx_pipelines.backups.logical.restore import restore_bucket
from influx_pipelines.backups.logical.take import take_logical
from influx_pipelines.backups.sets import BackupSet, open_set
from influx_pipelines.backups.verify.logical import verify_logical
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.writing.linesplit import split

DAY = 86_400 * 10**9
NOW = 1_577_836_800 * 10**9


def taken(influx: Influx, folder: Path) -> BackupSet:
    partial = folder.with_name(folder.name + ".partial")
    partial.mkdir(mode=0o700, exist_ok=True)
    record = take_logical(influx, partial)
    record.save(partial)
    partial.rename(folder)
    return open_set(folder)


def lines(found: BackupSet, bucket: str) -> list[bytes]:
    """All of a bucket, a value each, in order."""
    files = [w.file for w in load_contents(found.path).bucket(bucket).windows]
    return sorted(split(b"".join(gzip.decompress((found.path / f).read_bytes()) for f in files)))


HARD = rb"""
m=1,host=a\ b,k\,x=\ f v\=1=1.5 -9223372036854775806
m=1,host=\\\,c v\=1=-0.0 9223372036854775805
m f=5e-324,i=-9223372036854775808i,u=18446744073709551615u,b=true,s="" 1577836800000000001
m f=1.7976931348623157e308,i=9223372036854775807i,u=0u,b=false,s="a\"b\\ %0D%25" 1577836800000000002
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
    assert restore_bucket(influx, first, "hard", as_name="back").differences == ()
    made = influx.find_bucket("back")
    assert made is not None
    assert (made.description, made.retention_seconds, made.shard_group_seconds) == ("d", 0, 3600)
    second = taken(influx, tmp_path / "second")
    assert lines(second, "back") == lines(first, "hard")
    assert len(lines(first, "hard")) == 17
    assert RETURNS in lines(first, "hard")
    assert [bucket.name for bucket in report.buckets] == ["empty", "hard"]
