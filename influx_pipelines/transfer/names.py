"""Names from a database as names of files and columns."""

from __future__ import annotations

import hashlib
from datetime import datetime
from urllib.parse import quote

LONGEST = 200  # bytes of an encoded name; file systems take 255


def file_name(text: str) -> str:
    """A name as one part of a path: percent-encoded as in a URL, a leading dot too.

    A long one is cut and ends in a hash; the manifest has the whole name.
    """
    encoded = quote(text, safe="")
    if encoded.startswith("."):
        encoded = "%2E" + encoded[1:]
    if len(encoded) <= LONGEST:
        return encoded
    kept = encoded[:LONGEST]
    if "%" in kept[-2:]:  # not in the middle of a letter's code
        kept = kept[: kept.rindex("%")]
    return f"{kept}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def partition(key: str, value: str) -> str:
    """The name of a folder in Hive's style: `measurement=cpu`."""
    return f"{key}={file_name(value)}"


def stamp(moment: datetime) -> str:
    """A time as part of a file's name, in the order of time."""
    text = moment.strftime("%Y%m%dT%H%M%S")
    return text + (f".{moment.microsecond:06}" if moment.microsecond else "") + "Z"
