"""The address of copies, which may hold a password: no message shows one."""

from __future__ import annotations

import re
from urllib.parse import parse_qsl, unquote

# Up to the last @, since a password may hold one, or a slash; `s3://bucket/a@b` has no password.
_USER = re.compile(r"(?<=://)(?=[^/?#]*[:@])[^?#]*@")
_QUERY = re.compile(r"[?#].*$", re.DOTALL)
_HIDDEN = "***"


def without_secrets(url: str) -> str:
    """An address as it may be shown: without user, password and query."""
    return _QUERY.sub("", _USER.sub("", url))


def scrubbed(text: str, url: str) -> str:
    """What a library says about an address, without the secrets of the address."""
    text = text.replace(url, without_secrets(url))
    for secret in sorted(_secrets(url), key=len, reverse=True):
        text = text.replace(secret, _HIDDEN)
    return text


def _secrets(url: str) -> set[str]:
    user = _USER.search(url)
    query = _QUERY.search(url)
    found = {user[0][:-1], *user[0][:-1].split(":", 1)} if user else set()
    # A slash in a password that should have been %2F: libraries tell the pieces.
    found |= {piece for one in found for piece in re.split("[/:@]", one) if len(piece) > 2}
    if query:
        found |= {query[0][1:], *(value for _, value in parse_qsl(query[0][1:]))}
    return {one for raw in found for one in (raw, unquote(raw)) if one}
