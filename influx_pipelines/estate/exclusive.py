"""One apply at a time: a lock in the folder that this project keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

WAIT = 60.0


class ApplyBusy(Exception):
    """Another apply is at work; nothing was sent."""


@contextmanager
def exclusively(home: Path, wait: float | None = None) -> Iterator[None]:
    """Nobody else looks, plans and applies from this home during the block.

    Two at once would each make what the other is about to make. The lock ends with its process.

    Raises:
        ApplyBusy: the other one took longer than `wait` seconds, a minute by default.
    """
    wait = WAIT if wait is None else wait
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(home / "apply.lock", timeout=wait)
    try:
        lock.acquire()
    except Timeout:
        raise ApplyBusy(
            f"Another apply is at work and holds {lock.lock_file} for more than {wait:.0f} s. "
            "Nothing was changed; try again when it has ended."
        ) from None
    try:
        yield
    finally:
        lock.release()
