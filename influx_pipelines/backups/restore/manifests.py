"""The manifest of a native backup, of which the folder has one."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from influx_pipelines.backups.restore.request import RestoreRefused
from influx_pipelines.backups.verify.manifest import SUFFIX, Manifest, ManifestBucket, read_manifest


def manifest_of(folder: Path) -> Manifest:
    """The manifest in a folder.

    Raises:
        RestoreRefused: there is none, or several, which `influx restore` would mix.
        BadManifest: it is damaged.
    """
    found = sorted(folder.glob(f"*{SUFFIX}"))
    if len(found) != 1:
        raise RestoreRefused(
            f"{folder} has {len(found)} manifests; a restore needs a folder with one backup."
        )
    return read_manifest(found[0])


def entries_of(folder: Path) -> Mapping[tuple[str, str], ManifestBucket]:
    """The buckets of a native backup by organization and name."""
    buckets = manifest_of(folder).buckets
    return {(bucket.organization_name, bucket.bucket_name): bucket for bucket in buckets}
