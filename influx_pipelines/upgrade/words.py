"""Lists of names in a sentence."""

from __future__ import annotations

from collections.abc import Sequence

LISTED = 10


def some(names: Sequence[str]) -> str:
    """The first ten names, and how many more there are."""
    rest = len(names) - LISTED
    return ", ".join(names[:LISTED]) + (f" and {rest} more" if rest > 0 else "")
