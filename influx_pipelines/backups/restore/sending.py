"""Sending a file of a backup as it lies on the disk."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from influx_pipelines.backups.restore.request import RestoreFailed
from influx_pipelines.backups.verify.manifest import ManifestFile, ShardFile
from influx_pipelines.influx import answers
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.retry import retrying

PATIENCE = 600.0  # seconds: the server answers when it has written a shard


def send_file(
    client: Influx, path: str, folder: Path, file: ManifestFile | ShardFile, *, retry: bool = True
) -> Any:
    """POST the bytes of a file; a repeat writes the same files over.

    Returns:
        The JSON of the answer; None where it is empty, as for a shard.

    Raises:
        RestoreFailed: the file has another size than it was verified with.
        InfluxError: the server did not take it.
    """
    if (folder / file.file_name).stat().st_size != file.size:
        raise RestoreFailed(f"{folder / file.file_name} was changed since it was verified.")
    headers = {"Content-Type": "application/octet-stream", "Content-Length": str(file.size)}
    if file.compression:
        headers["Content-Encoding"] = "gzip"

    def once() -> Any:
        with (
            (folder / file.file_name).open("rb") as body,
            client.transport.open(
                "POST", path, body=body, headers=headers, read_timeout=PATIENCE
            ) as answer,
        ):
            where = client.url + path
            return answers.value_of("POST", where, answer.status, answer.headers, answer.read())

    return retrying(once, client.retry_seconds if retry else 0.0)
