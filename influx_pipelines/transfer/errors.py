"""What can go wrong with files and arguments; trouble with the server is an `InfluxError`."""

from __future__ import annotations


class TransferError(ValueError):
    """An export or an import that cannot go on; the message says why and what to do."""

    retryable = False
