"""Where the exports are kept."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from influx_pipelines.influx.models import Bucket
from influx_pipelines.transfer import manifest as manifests
from influx_pipelines.transfer.names import file_name
from influx_pipelines.transfer.request import ExportRequest


def export_folder(home: Path, bucket: Bucket, request: ExportRequest) -> Path:
    """A folder for this bucket and this request: another request never meets the files."""
    said = json.dumps([bucket.id, request.arguments()], sort_keys=True)
    mark = hashlib.sha256(said.encode()).hexdigest()[:8]
    return home / "exports" / file_name(bucket.name) / f"{request.format}-{mark}"


def exports_below(home: Path) -> dict[Path, manifests.Manifest]:
    """All exports that are kept: folder → manifest."""
    folders = sorted(path.parent for path in (home / "exports").glob(f"*/*/{manifests.NAME}"))
    found = {folder: manifests.load(folder) for folder in folders}
    return {folder: manifest for folder, manifest in found.items() if manifest is not None}
