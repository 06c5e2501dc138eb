"""Addresses of channels are secrets: what libraries log while one is used stays within."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

# At DEBUG the first writes paths of requests, the second whole addresses.
_TALKATIVE = ("urllib3.connectionpool", "apprise")
_overheard: ContextVar[list[str] | None] = ContextVar("overheard", default=None)


@contextmanager
def overheard() -> Iterator[list[str]]:
    """What these libraries log in this thread, and those it starts, is here and nowhere else."""
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_keep)  # a second time it is not added
    heard: list[str] = []
    token = _overheard.set(heard)
    try:
        yield heard
    finally:
        _overheard.reset(token)


def _keep(record: logging.LogRecord) -> bool:
    heard = _overheard.get()
    if heard is None:
        return True
    heard.append(record.getMessage())
    return False
