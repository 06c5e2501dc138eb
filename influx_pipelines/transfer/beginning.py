"""Where an export begins: with a new manifest, or with that of an earlier run of the same one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket
from influx_pipelines.transfer import manifest as manifests
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.folder import LOCK
from influx_pipelines.transfer.manifest import Manifest
from influx_pipelines.transfer.request import ExportRequest


def begin(
    client: Influx, request: ExportRequest, bucket: Bucket, folder: Path, now: datetime
) -> Manifest:
    """The manifest to go on with; its `stop` is that of this run.

    Raises:
        TransferError: the folder holds another export, or something else.
    """
    found = manifests.load(folder)
    start, stop = request.range(now)
    if found is None:
        _refuse_other_files(folder)
        return Manifest(
            url=client.url,
            org=client.org,
            bucket=bucket.name,
            bucket_id=bucket.id,
            arguments=request.arguments(),
            start=start,
            stop=stop,
            next_start=start,
        )
    _refuse_another(found, request, bucket, folder)
    found.stop = max(stop, found.start)
    return found


def _refuse_other_files(folder: Path) -> None:
    if folder.is_dir() and any(path.name != LOCK for path in folder.iterdir()):
        raise TransferError(
            f"{folder} is not empty and holds no {manifests.NAME}: name a new folder."
        )


def _refuse_another(
    manifest: Manifest, request: ExportRequest, bucket: Bucket, folder: Path
) -> None:
    wanted = {"bucket": bucket.name, "bucket ID": bucket.id, **request.arguments()}
    held = {"bucket": manifest.bucket, "bucket ID": manifest.bucket_id, **manifest.arguments}
    other = [
        f"{name} {held.get(name)!r} and not {value!r}"
        for name, value in wanted.items()
        if held.get(name) != value
    ]
    if other:
        raise TransferError(
            f"{folder} holds an export with {', '.join(other)}: name another folder, or delete "
            "this one to begin anew."
        )
