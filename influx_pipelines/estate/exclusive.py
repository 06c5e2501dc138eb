"""One apply at a time: a lease in the folder that this project keeps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from influx_pipelines.leases import LeaseBusy, LeaseLost, lease

WAIT = 60.0


class ApplyBusy(Exception):
    """Another apply is at work; nothing was sent. Or this one slept while another one began."""


@contextmanager
def exclusively(home: Path, wait: float | None = None) -> Iterator[None]:
    """Nobody else looks, plans and applies from this home during the block, on any machine.

    Two at once would each make what the other is about to make. The lease ends with its process.

    Raises:
        ApplyBusy: the other one took longer than `wait` seconds, a minute by default; or, at the
            end of the block, the lease was lost meanwhile.
    """
    wait = WAIT if wait is None else wait
    try:
        with lease(home / "apply.lock", what="apply", wait=timedelta(seconds=wait)):
            yield
    except LeaseBusy as error:
        raise ApplyBusy(
            f"Another apply is at work for more than {wait:.0f} s: {error} "
            "Nothing was changed; try again when it has ended."
        ) from None
    except LeaseLost:
        raise ApplyBusy(
            "This apply slept for so long that another one may have begun. What was applied stays; "
            "apply again to see whether anything is left."
        ) from None
