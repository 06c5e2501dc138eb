"""Sampling this machine over and over; what cannot be written now is written later."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Any

from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.sources.host import HostSampler, Sample

KEPT = 2_880  # a day of samples every 30 s
AT_ONCE = 60
log = logging.getLogger(__name__)


def run_sampler(
    write: Callable[[Sequence[Sample]], Any],
    *,
    every: float,
    stop: threading.Event,
    sampler: HostSampler | None = None,
) -> None:
    """Sample every so many seconds until told to stop.

    Args:
        write: stores samples, or raises an InfluxError.
        every: seconds between two samples.
        stop: ends the loop, at once.
        sampler: where samples come from.
    """
    sampler = sampler or HostSampler()
    waiting: deque[Sample] = deque(maxlen=KEPT)
    broken = False
    following = time.monotonic() + every
    while not stop.wait(max(following - time.monotonic(), 0.0)):
        following = max(following + every, time.monotonic())
        waiting.append(sampler.sample())
        try:
            while waiting:
                batch = list(waiting)[:AT_ONCE]
                write(batch)
                for _ in batch:
                    waiting.popleft()
        except InfluxError as error:
            if not broken:
                log.warning("Samples are kept until InfluxDB takes them again: %s", error)
            broken = True
            continue
        if broken:
            log.warning("InfluxDB takes samples again; none was lost.")
        broken = False
