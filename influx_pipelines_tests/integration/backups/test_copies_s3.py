"""Copies in S3, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import fsspec
import pytest
import s3fs
from pyrage import x25519

from influx_pipelines.backups.copies.fetch import fetch
from influx_pipelines.backups.copies.found import check_copy, find_copies, find_unfinished
from influx_pipelines.backups.copies.keeping import keep_copies
from influx_pipelines.backups.copies.remote import Remote
from influx_pipelines.backups.errors import CopyFailed, CopyRefused
from influx_pipelines.backups.retention import Policy
from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import sample
from influx_pipelines_tests.madebackups import NIGHT, made_backup
from influx_pipelines_tests.services.s3 import s3_server

POLICY = Policy(2, 0, 0)
NOW = NIGHT + timedelta(days=400)
URL = "s3://backups/of/one server"


@pytest.fixture(scope="module")
def s3() -> Iterator[str]:
    with s3_server() as address:
        yield address


@pytest.fixture
def bucket(s3: str) -> Iterator[str]:
    fs = fsspec.filesystem("s3", use_listings_cache=False)
    fs.mkdir("backups")
    yield URL
    fs.rm("backups", recursive=True)


def test_copies_are_sent_encrypted_checked_fetched_and_kept_by_policy(
    bucket: str, tmp_path: Path
) -> None:
    key = x25519.Identity.generate()
    folder = tmp_path / "backups"
    nights = [made_backup(folder, NIGHT + timedelta(days=day)) for day in range(3)]
    real = sample("2.7.12", folder)
    verify(real).save(real)

    kept = keep_copies(folder, bucket, str(key.to_public()), POLICY, NOW)
    assert kept.sent == (real.name, nights[2].name)
    later = made_backup(folder, NIGHT + timedelta(days=399))
    kept = keep_copies(folder, bucket, str(key.to_public()), POLICY, NOW)
    assert (kept.sent, kept.decision.remove) == ((later.name,), (nights[2].name,))

    remote = Remote(bucket)
    copies = find_copies(remote)
    assert [copy.name for copy in copies] == [later.name, real.name]
    assert [check_copy(remote, copy) for copy in copies] == [(), ()]
    assert find_unfinished(remote) == []
    back = fetch(remote, real.name, tmp_path / "back", [key])
    assert verify(back.path).good
    assert {file.name: file.read_bytes() for file in back.path.iterdir()} == {
        file.name: file.read_bytes() for file in real.iterdir() if file.name != "verification.json"
    }


def test_a_file_of_several_parts_comes_back(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(s3fs.S3FileSystem, "default_block_size", 5 << 20)
    content = bytes(range(256)) * 4096 * 12
    backup = made_backup(tmp_path / "backups", content=content)
    keep_copies(tmp_path / "backups", bucket, "", POLICY, NOW)
    back = fetch(Remote(bucket), backup.name, tmp_path / "back")
    assert (back.path / "data").read_bytes() == content


def test_a_bucket_that_is_not_there_is_not_made(s3: str, tmp_path: Path) -> None:
    """A typing error would have made one, which nobody looks after."""
    made_backup(tmp_path / "backups")
    with pytest.raises((CopyRefused, CopyFailed), match="s3://bakups"):
        keep_copies(tmp_path / "backups", "s3://bakups/of", "", POLICY, NOW)
    assert fsspec.filesystem("s3", use_listings_cache=False).ls("") == []


def test_a_refusal_of_the_server_is_told_without_the_keys(
    bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "h1dden")
    made_backup(tmp_path / "backups")
    with pytest.raises((CopyRefused, CopyFailed), match="s3://BAD_name") as told:
        keep_copies(tmp_path / "backups", "s3://BAD_name!", "", POLICY, NOW)
    assert "h1dden" not in str(told.value)
