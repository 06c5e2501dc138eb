"""What is wrong in a TSM or tombstone file."""

from __future__ import annotations

from influx_pipelines.backups.errors import BackupError


class TsmError(BackupError):
    """Bytes that no server can have written.

    Attributes:
        where: file and place in it: `000000001-000000001.tsm, byte 512`.
        what: a sentence.
    """

    def __init__(self, where: str, what: str) -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.where, self.what = where, what
