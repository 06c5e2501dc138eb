"""An end that was asked for: by Ctrl-C, or by whoever runs this command."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import typer

from influx_pipelines.cli.console import err

INTERRUPTED = 130


@contextmanager
def ended_cleanly(sentence: str) -> Iterator[None]:
    """SIGTERM ends the block as Ctrl-C does, cleaning up; then a sentence, and status 130."""

    def end(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, end)
    try:
        yield
    except KeyboardInterrupt:
        err.print(sentence)
        raise typer.Exit(INTERRUPTED) from None
    finally:
        signal.signal(signal.SIGTERM, before)
