"""Trying again: connection errors, 429, 503 and other 5xx, bounded in total time."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import tenacity

from influx_pipelines.influx.errors import InfluxError

T = TypeVar("T")

_backoff = tenacity.wait_exponential_jitter(multiplier=0.25, max=10.0, jitter=0.25)


def _is_retryable(error: BaseException) -> bool:
    return isinstance(error, InfluxError) and error.retryable


def _wait(state: tenacity.RetryCallState) -> float:
    """What the server asked for, or longer and longer with some jitter."""
    error = state.outcome.exception() if state.outcome is not None else None
    asked = getattr(error, "retry_after", None)
    return float(asked) if asked is not None else _backoff(state)


def retrying(call: Callable[[], T], seconds: float) -> T:
    """Call until it succeeds, fails for good, or the next try would begin after `seconds`.

    Raises:
        InfluxError: the last error.
    """
    controller = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_retryable),
        wait=_wait,
        stop=tenacity.stop_before_delay(seconds),
        reraise=True,
    )
    return controller(call)
