"""How many different series there are, in eight bytes for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

WAITING = 20_000


class Distinct:
    """Distinct hashes."""

    def __init__(self) -> None:
        self._waiting: set[int] = set()
        self._known: np.ndarray[Any, Any] | None = None

    def add(self, hashed: int) -> None:
        """Count one in."""
        self._waiting.add(hashed)
        if len(self._waiting) >= WAITING:
            self._settle()

    def merge(self, other: Distinct) -> None:
        """Count all of another one in."""
        import numpy as np

        for one in (self, other):
            one._settle()
        if self._known is None or other._known is None:
            self._known = other._known if self._known is None else self._known
        else:
            self._known = np.union1d(self._known, other._known)

    def __len__(self) -> int:
        self._settle()
        return 0 if self._known is None else len(self._known)

    def _settle(self) -> None:
        if not self._waiting:
            return
        import numpy as np

        new = np.fromiter(self._waiting, np.uint64, len(self._waiting))
        self._known = np.unique(new) if self._known is None else np.union1d(self._known, new)
        self._waiting.clear()
