"""What is to be restored, and whether it was."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.backups.errors import BackupError


class RestoreRefused(BackupError):
    """A restore that would do harm, or lacks what it needs; nothing was sent."""


class RestoreFailed(BackupError):
    """A restore that did not come to its end; what it made says so in its description."""

    retryable = True


@dataclass(frozen=True)
class RestoreRequest:
    """What somebody asks for.

    Attributes:
        buckets: their names in the backup; none is all but the system's.
        as_name: what the one bucket is to be called on the server; "" as in the backup.
        org: the organization in the backup; "" the one called as the client's, or the only one.
        full: replace everything on the server, tokens too.
        lines: write line by line, also where the server could take the files.
    """

    buckets: tuple[str, ...] = ()
    as_name: str = ""
    org: str = ""
    full: bool = False
    lines: bool = False

    def __post_init__(self) -> None:
        """Refuse what contradicts itself.

        Raises:
            RestoreRefused: naming the two options.
        """
        if self.full and (self.buckets or self.as_name or self.org or self.lines):
            raise RestoreRefused(
                "A full restore replaces everything: it takes no bucket, name, organization or way."
            )
        if self.as_name and len(self.buckets) != 1:
            raise RestoreRefused("Another name (--as) is for one bucket: name it with --bucket.")
        if self.as_name.startswith("_"):
            raise RestoreRefused(f"{self.as_name!r}: names with an underscore are InfluxDB's own.")
