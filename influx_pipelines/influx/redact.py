"""Keeping secrets out of texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"

# An Authorization header wherever it is quoted; the scheme stays, the token goes.
_HEADER = re.compile(r"(?i)\b(token|bearer|basic)(\s+)([A-Za-z0-9+/=_.\-]{16,})")

# The address of a webhook is a credential: what comes before its path stays. Also within JSON.
ADDRESS = r"(https?://)(?:[^\s/\"\\@]*@)?([^\s/\"\\?#]+)[/?#][^\s\"\\]*"
HOST_ALONE = rf"\1\2/{HIDDEN}"


def hide_paths(text: str) -> str:
    """The text with nothing but scheme and host of the addresses in it."""
    return re.sub(ADDRESS, HOST_ALONE, text)


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets and without anything that looks like a credential."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, HIDDEN)
    return _HEADER.sub(rf"\1\2{HIDDEN}", text)
