"""A damage, and how the layers of a backup are opened and closed again to do it."""

from __future__ import annotations

import gzip
import io
import json
import random
import tarfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Change = Callable[[bytes], bytes]


@dataclass(frozen=True)
class Damage:
    """One way to damage a backup.

    Attributes:
        name: says what is done.
        do: does it in a folder.
        hidden: no look at the structure can find it; the side file has to.
    """

    name: str
    do: Callable[[Path], None]
    hidden: bool = False


def file(folder: Path, suffix: str) -> Path:
    """The file of a backup with the end of its name."""
    (found,) = folder.glob(f"*{suffix}")
    return found


def edit_manifest(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    """Change the manifest, which stays one."""
    path = file(folder, ".manifest")
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content, indent=2) + "\n")


def shards_of(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of all shards."""
    return [shard for group in groups_of(manifest) for shard in group["shards"]]


def groups_of(manifest: dict[str, Any]) -> list[dict[str, Any]]:
    """The entries of all shard groups."""
    return [
        group
        for bucket in manifest["buckets"]
        for policy in bucket["retentionPolicies"]
        for group in policy["shardGroups"]
    ]


def bucket_of(manifest: dict[str, Any], name: str) -> dict[str, Any]:
    """The entry of a bucket."""
    return next(bucket for bucket in manifest["buckets"] if bucket["bucketName"] == name)


def edit_file(folder: Path, suffix: str, change: Change) -> None:
    """Change the bytes on disk, and the size in the manifest, so that it gives nothing away."""
    path = file(folder, suffix)
    content = change(path.read_bytes())
    path.unlink()
    path.write_bytes(content)

    def resize(manifest: dict[str, Any]) -> None:
        for entry in [manifest["kv"], manifest["sql"], *shards_of(manifest)]:
            if entry["fileName"] == path.name:
                entry["size"] = len(content)

    edit_manifest(folder, resize)


def unpack(folder: Path, suffix: str) -> None:
    """Say of a file that it is no gzip, by its name and in the manifest."""
    path = file(folder, suffix)
    new = path.rename(path.with_suffix(""))

    def edit(manifest: dict[str, Any]) -> None:
        for entry in [manifest["kv"], manifest["sql"], *shards_of(manifest)]:
            if entry["fileName"] == path.name:
                entry.update(fileName=new.name, compression=0)

    edit_manifest(folder, edit)


def edit_content(folder: Path, suffix: str, change: Change) -> None:
    """Change what is within the gzip."""
    edit_file(folder, suffix, lambda raw: gzip.compress(change(gzip.decompress(raw)), 6, mtime=0))


def edit_members(
    folder: Path, suffix: str, change: Callable[[list[tuple[tarfile.TarInfo, bytes]]], Any]
) -> None:
    """Change the list of headers and contents of a shard's archive."""

    def rewrite(content: bytes) -> bytes:
        members = []
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for header in archive:
                found = archive.extractfile(header)
                members.append((header, found.read() if found else b""))
        change(members)
        return packed(members)

    edit_content(folder, suffix, rewrite)


def packed(members: list[tuple[tarfile.TarInfo, bytes]]) -> bytes:
    """An archive as a server writes it."""
    blocks = []
    for header, content in members:
        if header.type == tarfile.REGTYPE:
            header.size = len(content)
        blocks += [header.tobuf(tarfile.USTAR_FORMAT), content, bytes(-len(content) % 512)]
    return b"".join(blocks) + bytes(1024)


def edit_member(folder: Path, suffix: str, kind: str, change: Change) -> None:
    """Change a file within the archive; all checksums around it are right."""

    def rewrite(members: list[tuple[tarfile.TarInfo, bytes]]) -> None:
        at = next(n for n, (header, _) in enumerate(members) if header.name.endswith(kind))
        members[at] = (members[at][0], change(members[at][1]))

    edit_members(folder, suffix, rewrite)


def flips(seed: str, count: int, low: float = 0, high: float = 1) -> Iterator[Change]:
    """Changes of one bit each, somewhere in a part of the bytes."""
    source = random.Random(seed)
    for _ in range(count):
        place, bit = source.uniform(low, high), source.randrange(8)
        yield lambda content, place=place, bit=bit: flipped(content, int(place * len(content)), bit)


def flipped(content: bytes, at: int, bit: int = 0) -> bytes:
    """With one bit changed."""
    made = bytearray(content)
    made[min(at, len(made) - 1)] ^= 1 << bit
    return bytes(made)
