"""How far a backup has come, in the log of its run."""

from __future__ import annotations

import logging
import threading
import time

from influx_pipelines.backups.progress import Progress, Step

EVERY = 5.0  # seconds between two lines: a large server has thousands of shards
FEW = 20  # steps that are all told


def logged(log: logging.Logger) -> Progress:
    """A line at the start, every five seconds and at the end; of little work, a line a step."""
    lock = threading.Lock()
    last, moved = float("-inf"), 0

    def tell(step: Step) -> None:
        nonlocal last, moved
        with lock:  # shards are downloaded by several threads
            moved += step.bytes
            now, ended = time.monotonic(), step.done == step.total
            if not ended and step.total > FEW and now - last < EVERY:
                return
            last = now
            total = f"/{step.total}" if step.total else ""
            log.info("%d%s %s, %.1f MB so far", step.done, total, step.what, moved / 1e6)

    return tell
