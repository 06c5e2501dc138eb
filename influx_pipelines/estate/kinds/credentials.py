"""Credentials that somebody wrote where everybody reads them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

_KEY = re.compile("passw|token|secret|authorization|credential|api[-_]?key", re.IGNORECASE)
REFERENCES = ("$", "@")  # a variable of the environment, a store of secrets


def credentials_in(value: Any, key: str = "") -> Iterator[str]:
    """The keys whose name says that their text is one, unless it only refers to one."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from credentials_in(item, str(name))
    elif isinstance(value, list):
        for item in value:
            yield from credentials_in(item, key)
    elif not isinstance(value, str) or not value or value.startswith(REFERENCES):
        return
    elif _KEY.search(key) and not key.lower().endswith("file"):
        yield key


def refuse_credentials(value: Any) -> None:
    """See to it that none is written into a file.

    Raises:
        ValueError: naming their keys.
    """
    if found := sorted(set(credentials_in(value))):
        raise ValueError(f"{', '.join(found)} would stand in a file: make it a secret first")
