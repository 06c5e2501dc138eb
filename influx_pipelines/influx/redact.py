"""Keeping secrets out of texts."""

from __future__ import annotations

import re
from collections.abc import Iterable

HIDDEN = "***"

# An Authorization header wherever it is quoted; the scheme stays, the token goes.
_HEADER = re.compile(r"(?i)\b(token|bearer|basic)(\s+)([A-Za-z0-9+/=_.\-]{16,})")


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """The text without the given secrets and without anything that looks like a credential."""
    for secret in secrets:
        if len(secret) >= 4:
            text = text.replace(secret, HIDDEN)
    return _HEADER.sub(rf"\1\2{HIDDEN}", text)
