"""A note beside the backups while a full restore is at work: it tells of one that was killed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from influx_pipelines.backups.files import save_whole
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx.client import Influx

NAME = "full-restore.json"


@contextmanager
def noted(client: Influx, backup: BackupSet) -> Iterator[None]:
    """Keep the note for the block; whatever ends the block with an error leaves it there.

    A backup on a medium that cannot be written to is restored without one.
    """
    text = _about(client, backup) | {"started": datetime.now(UTC).isoformat()}
    with suppress(OSError):
        save_whole(_path(backup), json.dumps(text, indent=1).encode())
    yield
    with suppress(OSError):
        _path(backup).unlink(missing_ok=True)


def is_broken_off(client: Influx, backup: BackupSet) -> bool:
    """Whether a full restore of this backup to this server has begun and not ended."""
    with suppress(OSError, ValueError):
        found = json.loads(_path(backup).read_bytes())
        return bool(found.items() >= _about(client, backup).items())
    return False


def _about(client: Influx, backup: BackupSet) -> dict[str, str]:
    return {"url": client.url, "backup": backup.name, "fingerprint": backup.fingerprint}


def _path(backup: BackupSet) -> Path:
    return backup.path.parent / NAME
