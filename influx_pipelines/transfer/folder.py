"""What both ways share: a bucket that must be there, and a folder that one process works in."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from influx_pipelines.transfer.errors import TransferError

if TYPE_CHECKING:
    from influx_pipelines.influx.client import Influx
    from influx_pipelines.influx.models import Bucket

LOCK = ".lock"


def existing_bucket(client: Influx, name: str) -> Bucket:
    """The bucket of that name.

    Raises:
        TransferError: there is none.
    """
    bucket = client.find_bucket(name)
    if bucket is None:
        raise TransferError(
            f"There is no bucket {name!r} in organization {client.org!r} at {client.url}, or the "
            "token may not see it. Declare it in estate/buckets.yaml and run `influx-pipelines "
            "apply`."
        )
    return bucket


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """The folder for this process alone.

    Raises:
        TransferError: another one works in it.
    """
    try:
        with FileLock(folder / LOCK, timeout=0):
            yield
    except Timeout:
        raise TransferError(f"Another process exports into {folder} or imports from it.") from None
