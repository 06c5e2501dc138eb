"""The answer to a Flux script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime

from influx_pipelines.influx.client import Influx
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.sources.source import Piece, bounds
from influx_pipelines.transfer.windows import Window


class ScriptSource:
    """The answer to a script that uses `params.start` and `params.stop`.

    It is held in memory a window at a time: nobody can tell where a script's window may be cut.

    Raises:
        TransferError: the script does not use the two, and so would give the same every time.
    """

    def __init__(self, client: Influx, bucket: str, script: str) -> None:
        self.client, self.bucket, self.script = client, bucket, script
        self.left_out: set[str] = set()
        names = set(re.findall(r"\bparams\s*\.\s*(start|stop)\b", script))
        if names != {"start", "stop"}:
            raise TransferError(
                "The script must have `range(start: params.start, stop: params.stop)`: it is run "
                "once a window. `params.bucket` is the bucket's name."
            )

    def first_point(self, start: datetime, stop: datetime) -> datetime | None:
        """The start: only running the script would tell."""
        return start

    def pieces(self, window: Window) -> Iterator[Piece]:
        """What the script gives for the window."""
        from influx_pipelines.transfer.wide import of_result

        found = self.client.query(self.script, {**bounds(window), "bucket": self.bucket})
        tables = of_result(found)
        if tables:
            yield window, tables

    def count(self, window: Window) -> int | None:
        """Nobody can tell what a script's values are."""
        return None
