"""What came of one try to send a message."""

from __future__ import annotations

from dataclasses import dataclass

# The message itself is refused: it would be so for ever. Every other status may be another one
# tomorrow, when the channel or its address is mended.
REFUSED = frozenset({400, 413, 422})
# Longer than this is waited for no service.
LONGEST_WAIT = 3_600.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """`text` holds no address. `retry_after` is in seconds, as the receiver asked."""

    sent: bool
    text: str
    refused: bool = False
    retry_after: float | None = None

    @classmethod
    def of_status(cls, status: int, retry_after: float | None = None) -> Outcome:
        """By the status of an HTTP answer."""
        text = f"answered {status}"
        if 200 <= status < 300:
            return cls(True, text)
        return cls(False, text, refused=status in REFUSED, retry_after=retry_after)
