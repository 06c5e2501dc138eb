"""Names of files for objects, whose own names may hold anything."""

from __future__ import annotations

import hashlib
import re

LONGEST = 60


def file_name(name: str) -> str:
    """The name itself where it is one of a file, else its letters and a hash."""
    found = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:LONGEST]
    if found == name:
        return found
    return f"{found}-{hashlib.sha256(name.encode()).hexdigest()[:6]}".lstrip("-")
