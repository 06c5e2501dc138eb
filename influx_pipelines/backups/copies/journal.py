"""Which files of a copy are there already, so that one that broke off goes on.

An encrypted file is another one each time, so only whoever sent it knows its digest. The journal is
a file of this machine; when it is lost, the copy begins anew.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from pydantic import ValidationError

from influx_pipelines.backups.copies.record import StoredFile
from influx_pipelines.backups.files import FILE_MODE, FOLDER_MODE

FOLDER = ".copies"


class Journal:
    """Stored files of one copy, each of which was read back.

    Args:
        folder: of the backups.
        name: of the backup.
        terms: whatever makes it another copy: address, fingerprint, keys.
    """

    def __init__(self, folder: Path, name: str, *terms: str) -> None:
        digest = hashlib.sha256("\0".join(terms).encode()).hexdigest()
        self._path = folder / FOLDER / f"{digest[:16]}.{name}.jsonl"
        self.stored: dict[str, StoredFile] = {}
        lines = self._path.read_bytes().splitlines() if self._path.exists() else []
        for line in lines:
            try:
                file = StoredFile.model_validate_json(line)
            except ValidationError:  # a kill cut it
                continue
            self.stored[file.name] = file

    def add(self, file: StoredFile) -> None:
        """Remember a file."""
        self._path.parent.mkdir(exist_ok=True, mode=FOLDER_MODE)
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        with os.fdopen(os.open(self._path, flags, FILE_MODE), "ab") as journal:
            journal.write(b"\n" + file.model_dump_json().encode() + b"\n")
        self.stored[file.name] = file

    def remove(self) -> None:
        """Forget it: the copy is whole."""
        self._path.unlink(missing_ok=True)


def clear_journals(folder: Path, names: set[str]) -> None:
    """Forget the unfinished copies of backups that are here no more."""
    for path in (folder / FOLDER).glob("*.jsonl"):
        if path.name.removesuffix(".jsonl").partition(".")[2] not in names:
            path.unlink(missing_ok=True)
