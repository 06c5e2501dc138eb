"""What a look at one file finds, and what stops it."""

from __future__ import annotations

from influx_pipelines.backups.errors import BackupError


class Broken(BackupError):
    """A damage after which the rest of a file cannot be understood.

    Attributes:
        what: a sentence: what is wrong.
        where: the place in the file; "" for all of it.
    """

    def __init__(self, what: str, where: str = "") -> None:
        super().__init__(f"{where}: {what}" if where else what)
        self.what, self.where = what, where


class Finds:
    """Damages of one file, of which the first hundred are kept."""

    MOST = 100

    def __init__(self) -> None:
        self.damages: list[Broken] = []
        self.left_out = 0

    def add(self, what: str, where: str = "") -> None:
        """One more."""
        if len(self.damages) < self.MOST:
            self.damages.append(Broken(what, where))
        else:
            self.left_out += 1
