"""The DBRP mappings that this project made, where the server has no room for a marker."""

from __future__ import annotations

import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock


@dataclass(frozen=True, slots=True)
class Ledger:
    """IDs of our mappings on one server and organisation, in a file of mode 0600."""

    path: Path
    server: str

    @classmethod
    def open(cls, path: Path, url: str, org_id: str) -> Ledger:
        """The ledger for an organisation of a server."""
        return cls(path, f"{url} {org_id}")

    @property
    def mappings(self) -> frozenset[str]:
        """The IDs; none when the file is missing or unreadable."""
        return frozenset(_read(self.path).get(self.server, {}).get("mappings", []))

    def add_mapping(self, mapping_id: str) -> None:
        """Remember a mapping that was made."""
        self._change({mapping_id}, set())

    def remove_mapping(self, mapping_id: str) -> None:
        """Forget a mapping that was deleted."""
        self._change(set(), {mapping_id})

    def _change(self, added: set[str], removed: set[str]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            content = _read(self.path)
            entry = content.setdefault(self.server, {})
            entry["mappings"] = sorted((set(entry.get("mappings", [])) | added) - removed)
            _write(self.path, content)


def _read(path: Path) -> dict[str, Any]:
    try:
        value = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step: half a file would forget everything."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # of mode 0600
    with os.fdopen(descriptor, "w") as out:
        json.dump(content, out, indent=1)
    Path(name).replace(path)
