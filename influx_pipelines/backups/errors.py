"""What can go wrong with backups; every message says what to do."""

from __future__ import annotations


class BackupError(Exception):
    """A backup or a restore could not be done.

    Attributes:
        retryable: whether a second try can help.
    """

    retryable = False


class NotASet(BackupError):
    """A folder that is no finished backup."""


class BackupBusy(BackupError):
    """Another backup, restore or retention is at work on the same folder."""


class MissingRights(BackupError):
    """The token may not do what a backup needs."""


class NotNative(BackupError):
    """The server has no backups in the official format, or older ones than this project reads."""


class NoSpace(BackupError):
    """The disk is full, or would be."""


class DamagedSet(BackupError):
    """A backup that is not as it was written; nothing of it was restored."""


class BrokenDownload(BackupError):
    """What the server sent broke off, or is damaged; nothing of it was kept."""

    retryable = True


class CopyRefused(BackupError):
    """A copy was not begun: its address, a key or the backup itself is not right."""


class CopyFailed(BackupError):
    """The place of the copies did not do what was asked; the same again goes on."""

    retryable = True
