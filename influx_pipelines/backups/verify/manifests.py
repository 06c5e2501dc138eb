"""The manifests of a folder: mostly one, or one of each time `influx backup` ran into it.

A restore reads all of them: the newest by name gives the metadata, and of each bucket the newest
entry counts. So a bucket that was deleted between two backups comes back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from influx_pipelines.backups.report import Damage
from influx_pipelines.backups.verify.manifest import (
    SUFFIX,
    BadManifest,
    Manifest,
    ManifestBucket,
    read_manifest,
)


@dataclass
class Manifests:
    """What the manifests of a folder say together.

    Attributes:
        newest: name of the newest; "" without any.
        manifest: the newest; None when it is damaged.
        older: buckets that only older ones have.
        names: all files that any of them names, and they themselves.
        damages: manifests that cannot be read; a restore stops at each.
        notes: what somebody who restores should know.
    """

    newest: str = ""
    manifest: Manifest | None = None
    older: list[ManifestBucket] = field(default_factory=list)
    names: set[str] = field(default_factory=set)
    damages: list[Damage] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether `names` has all that belongs to the backup."""
        return not self.damages


def read_manifests(folder: Path) -> Manifests:
    """All manifests of a folder.

    Raises:
        NotASet: one is of a 2.0 server.
    """
    found = Manifests()
    read: list[Manifest] = []
    paths = sorted(folder.glob(f"*{SUFFIX}"))
    for path in paths:
        found.names.add(path.name)
        try:
            manifest = read_manifest(path)
        except BadManifest as error:
            damage = Damage(file=path.name, what=error.what, where=error.where)
            found.damages.append(damage)
            continue
        read.append(manifest)
        found.names.update(file.file_name for file in manifest.files())
        if path == paths[-1]:
            found.manifest = manifest
    if paths:
        found.newest = paths[-1].name
    if found.manifest is not None and len(paths) > 1:
        found.older = _only_older(found.manifest, read[:-1])
        found.notes += _notes(found, len(paths))
    return found


def _only_older(newest: Manifest, before: Sequence[Manifest]) -> list[ManifestBucket]:
    """The newest entries of buckets that the newest manifest does not have."""
    entries = {_name_of(bucket): bucket for manifest in before for bucket in manifest.buckets}
    for bucket in newest.buckets:
        entries.pop(_name_of(bucket), None)
    return list(entries.values())


def _notes(found: Manifests, count: int) -> Iterator[str]:
    yield (
        f"There are {count} manifests in the folder. The newest counts, {found.newest}; files that "
        "only older ones name were not looked at. Better give each backup a folder of its own."
    )
    for bucket in found.older:
        yield (
            f"{bucket.bucket_name}: the bucket is in an older manifest only. It was deleted or "
            "left out since; a restore brings it back, and a full restore may stop at its shards."
        )


def _name_of(bucket: ManifestBucket) -> tuple[str, str]:
    return bucket.organization_name, bucket.bucket_name
