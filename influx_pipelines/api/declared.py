"""Which buckets the API serves, as the estate's files say now."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from influx_pipelines.estate.load import digest, load


class ServedBuckets:
    """The buckets that are declared with `api: true`; the files are read again when they change."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._lock = Lock()
        self._digest = ""
        self._names: frozenset[str] = frozenset()

    def __contains__(self, name: str) -> bool:
        """Whether a bucket is served.

        Raises:
            EstateError: the files are wrong.
        """
        with self._lock:
            found = digest(self.folder)
            if found != self._digest:
                specs = load(self.folder).buckets.values()
                self._names = frozenset(spec.name for spec in specs if spec.api)
                self._digest = found
            return name in self._names
