"""Damages of the manifest, and of the files as they lie in the folder."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from influx_pipelines_tests.damages.damage import (
    Damage,
    bucket_of,
    edit_manifest,
    file,
    flips,
    groups_of,
    shards_of,
)
from influx_pipelines_tests.damages.packing import FILES

ALL = (*FILES, ".manifest")


def manifest_damages() -> Iterator[Damage]:
    for number, change in enumerate(flips("manifest", 20)):
        yield Damage(f"manifest: flip {number}", _raw(change))
    for part in (0, 0.2, 0.5, 0.999):
        yield Damage(
            f"manifest: cut at {part}",
            _raw(lambda text, part=part: text[: int(len(text) * part)]),
        )
    yield Damage("manifest: twice", _raw(lambda text: text * 2))
    yield Damage("manifest: oversized", _raw(lambda text: text + b"x" * 1_000_000))
    for what, edit in EDITS.items():
        yield Damage(f"manifest: {what}", lambda folder, edit=edit: edit_manifest(folder, edit))
    yield Damage("manifest: a shard and its file dropped", _drop_shard)


def file_damages() -> Iterator[Damage]:
    for suffix in ALL:
        yield Damage(f"file {suffix}: missing", lambda folder, s=suffix: file(folder, s).unlink())
        yield Damage(f"file {suffix}: a link", lambda folder, s=suffix: _link(folder, s))
        yield Damage(f"file {suffix}: a folder", lambda folder, s=suffix: _folder(folder, s))
    for suffix in FILES:
        yield Damage(f"file {suffix}: oversized", lambda folder, s=suffix: _oversize(folder, s))
        yield Damage(f"file {suffix}: left over", lambda folder, s=suffix: _duplicate(folder, s))
    for one, other in zip(FILES, (*FILES[1:], FILES[0]), strict=True):
        yield Damage(f"files {one} {other}: swapped", lambda f, a=one, b=other: _swap(f, a, b))
    yield Damage("file .1.tar.gz: a pipe", _pipe)


def _raw(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        path = file(folder, ".manifest")
        path.write_bytes(change(path.read_bytes()))

    return do


def _set(*keys: Any, value: Any) -> Callable[[dict[str, Any]], None]:
    def edit(manifest: Any) -> None:
        for key in keys[:-1]:
            manifest = manifest[key]
        manifest[keys[-1]] = value

    return edit


def _swap_names(manifest: dict[str, Any]) -> None:
    """Both shards of a bucket have files of the same size."""
    _, one, other = sorted(shards_of(manifest), key=lambda shard: str(shard["size"]))
    one["fileName"], other["fileName"] = other["fileName"], one["fileName"]


def _swap_times(manifest: dict[str, Any]) -> None:
    groups = [group for group in groups_of(manifest) if group["id"] != 3]
    for key in ("startTime", "endTime"):
        groups[0][key], groups[1][key] = groups[1][key], groups[0][key]


def _of_bucket(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: bucket_of(manifest, "two-shards").update({key: value})


def _of_policy(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: bucket_of(manifest, "two-shards")["retentionPolicies"][0].update(
        {key: value}
    )


def _of_group(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: groups_of(manifest)[0].update({key: value})


def _of_shard(key: str, value: Any) -> Callable[[dict[str, Any]], None]:
    return lambda manifest: shards_of(manifest)[0].update({key: value})


EDITS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "version 3": _set("manifestVersion", value=3),
    "no version": lambda manifest: manifest.pop("manifestVersion"),
    "no metadata": lambda manifest: manifest.pop("kv"),
    "no SQLite": lambda manifest: manifest.pop("sql"),
    "no buckets": lambda manifest: manifest.pop("buckets"),
    "buckets that are a number": _set("buckets", value=7),
    "no bucket at all": _set("buckets", value=[]),
    "a bucket twice": lambda manifest: manifest["buckets"].append(manifest["buckets"][0]),
    "a name that leads out": _set("kv", "fileName", value="../../etc/passwd"),
    "an absolute name": _set("sql", "fileName", value="/etc/passwd"),
    "a shard that leads out": _of_shard("fileName", "a/b.tar.gz"),
    "a size that is text": _set("kv", "size", value="5040"),
    "a size that is wrong": _of_shard("size", 17),
    "a negative size": _of_shard("size", -1),
    "an unknown compression": _of_shard("compression", 2),
    "another compression": _of_shard("compression", 0),
    "a shard's ID twice": lambda m: shards_of(m)[0].update(id=shards_of(m)[1]["id"]),
    "an unknown shard": _of_shard("id", 99),
    "a negative shard": _of_shard("id", -1),
    "a group's ID twice": lambda m: groups_of(m)[0].update(id=groups_of(m)[1]["id"]),
    "an unknown group": _of_group("id", 99),
    "a group that is deleted": _of_group("deletedAt", "2020-01-01T00:00:00Z"),
    "a group that is cut": _of_group("truncatedAt", "2020-01-01T00:00:00Z"),
    "a group without shards": _of_group("shards", []),
    "a time that is none": _of_group("startTime", "yesterday"),
    "a begin that is moved": _of_group("startTime", "2010-01-01T00:00:00Z"),
    "an end before its begin": _of_group("endTime", "2010-01-01T00:00:00Z"),
    "files in each other's place": _swap_names,
    "times in each other's place": _swap_times,
    "another name of a bucket": _of_bucket("bucketName", "too-shards"),
    "another description": _of_bucket("description", "x"),
    "another ID of a bucket": _of_bucket("bucketID", "0123456789abcdef"),
    "an ID that is none": _of_bucket("bucketID", "two"),
    "another organization": _of_bucket("organizationID", "0123456789abcdef"),
    "another name of the organization": _of_bucket("organizationName", "x"),
    "another policy": _of_bucket("defaultRetentionPolicy", "x"),
    "no policy": _of_bucket("retentionPolicies", []),
    "another retention": _of_policy("duration", 3_600_000_000_000),
    "another length of shards": _of_policy("shardGroupDuration", 3_600_000_000_000),
}


def _drop_shard(folder: Path) -> None:
    def edit(manifest: dict[str, Any]) -> None:
        (shard,) = groups_of(manifest)[0]["shards"]
        groups_of(manifest)[0]["shards"] = []
        (folder / shard["fileName"]).unlink()

    edit_manifest(folder, edit)


def _link(folder: Path, suffix: str) -> None:
    path = file(folder, suffix)
    outside = folder.parent / f"outside{suffix}"
    shutil.move(path, outside)
    path.symlink_to(outside)


def _folder(folder: Path, suffix: str) -> None:
    path = file(folder, suffix)
    path.unlink()
    path.mkdir()


def _oversize(folder: Path, suffix: str) -> None:
    with file(folder, suffix).open("ab") as content:
        content.truncate(1 << 40)


def _duplicate(folder: Path, suffix: str) -> None:
    path = file(folder, suffix)
    shutil.copy(path, path.with_name(path.name.replace("Z.", "Z.7")))


def _swap(folder: Path, one: str, other: str) -> None:
    first, second = file(folder, one), file(folder, other)
    a, b = first.read_bytes(), second.read_bytes()
    first.write_bytes(b)
    second.write_bytes(a)

    def resize(manifest: dict[str, Any]) -> None:
        for entry in [manifest["kv"], manifest["sql"], *shards_of(manifest)]:
            entry["size"] = (folder / entry["fileName"]).stat().st_size

    edit_manifest(folder, resize)


def _pipe(folder: Path) -> None:
    path = file(folder, ".1.tar.gz")
    path.unlink()
    os.mkfifo(path)


def record_damages() -> Iterator[Damage]:
    """Damages of the side file; without one there is nothing to damage."""
    for number, change in enumerate(flips("record", 10)):
        yield Damage(f"side file: flip {number}", _raw_record(change))
    yield Damage("side file: cut", _raw_record(lambda text: text[:100]))
    yield Damage("side file: empty", _raw_record(lambda text: b""))
    later = _set("started", value="2026-11-23T00:00:00Z")
    yield Damage("side file: of another time", _record(later))
    yield Damage("side file: a file less", _record(lambda found: found["files"].pop()))
    yield Damage("side file: a file twice", _record(lambda f: f["files"].append(f["files"][0])))
    yield Damage("side file: another size", _record(_set("files", 0, "size", value=7)))
    yield Damage("side file: another digest", _record(_set("files", 0, "sha256", value="7")))
    yield Damage("side file: another count", _record(_set("buckets", 0, "values", value=7)))
    yield Damage("side file: a bucket less", _record(lambda found: found["buckets"].pop()))


def _raw_record(change: Callable[[bytes], bytes]) -> Callable[[Path], None]:
    def do(folder: Path) -> None:
        path = folder / "backup.json"
        path.write_bytes(change(path.read_bytes()))

    return do


def _record(edit: Callable[[dict[str, Any]], Any]) -> Callable[[Path], None]:
    def change(text: bytes) -> bytes:
        content = json.loads(text)
        edit(content)
        content["sha256"] = None  # of the whole: it would give each of them away
        return json.dumps(content).encode()

    return _raw_record(change)
