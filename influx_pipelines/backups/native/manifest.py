"""The manifest of a download: the server's list of buckets, with the file of each shard."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from pydantic import ValidationError

from influx_pipelines.backups.errors import BrokenDownload
from influx_pipelines.backups.native.metadata import Metadata
from influx_pipelines.backups.record import FileRecord
from influx_pipelines.backups.verify.manifest import Manifest

VERSION, GZIP = 2, 1


def manifest_of(metadata: Metadata, file_of: Callable[[Any], FileRecord | None]) -> Manifest:
    """The manifest.

    Args:
        metadata: as it was downloaded.
        file_of: the file of a shard, by its ID as the server sent it; None leaves the shard out.

    Raises:
        BrokenDownload: the list of buckets is not as a server's is.
    """

    def with_files(found: dict[str, Any]) -> dict[str, Any]:
        if isinstance(found.get("shards"), list):
            found["shards"] = list(_with_files(found["shards"], file_of))
        return found

    try:
        raw = {
            "manifestVersion": VERSION,
            "kv": _entry(metadata.kv),
            "sql": _entry(metadata.sql),
            "buckets": json.loads(metadata.buckets, object_hook=with_files),
        }
        manifest = Manifest.model_validate(raw)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BrokenDownload(f"The list of buckets: {where}: {first['msg']}") from None
    except (ValueError, RecursionError) as error:
        raise BrokenDownload(f"The list of buckets is no JSON ({error}).") from None
    ids = [shard.id for _, _, shard in manifest.shards()]
    if len(ids) > len(set(ids)):
        raise BrokenDownload("The list of buckets names a shard twice.")
    return manifest


def _with_files(shards: list[Any], file_of: Callable[[Any], FileRecord | None]) -> Any:
    for shard in shards:
        if not isinstance(shard, dict):
            yield shard  # which no manifest allows
        elif (file := file_of(shard.get("id"))) is not None:
            yield {**shard, **_entry(file)}


def _entry(file: FileRecord) -> dict[str, Any]:
    return {"fileName": file.name, "size": file.size, "compression": GZIP}
