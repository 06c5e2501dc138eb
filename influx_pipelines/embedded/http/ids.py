"""IDs: 16 hexadecimal digits, never all zero."""

from __future__ import annotations

import re

_DIGITS = re.compile(r"[0-9a-fA-F]{16}")


class IdError(ValueError):
    """Why a text is no ID, in the server's words."""


def checked_id(text: str) -> str:
    """An ID in lower case.

    Raises:
        IdError: another length, other characters, or zero.
    """
    if len(text.encode()) != 16:
        raise IdError("id must have a length of 16 bytes")
    if not _DIGITS.fullmatch(text) or not int(text, 16):
        raise IdError("invalid ID")
    return text.lower()
