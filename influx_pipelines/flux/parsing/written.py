"""What a literal stands for, from the text as written; errors in the words of the real parser."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime

from influx_pipelines.flux.ast import DurationPart

_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\", "$": "$"}
_ESCAPE = re.compile(r"\\(?:x(.{0,2})|(.?))", re.DOTALL)
_CLOCK = re.compile(r"([0-9:]+)(\.[0-9]+)?(Z|[-+][0-9:]+)")
_DURATION = re.compile(r"([0-9]+)([^0-9]+)")


def integer(text: str) -> int:
    """A whole number of 64 bits.

    Raises:
        ValueError: it is larger, or begins with a zero.
    """
    if text.startswith("0") and len(text) > 1:
        raise ValueError(f'invalid integer literal "{text}": nonzero value cannot start with 0')
    if len(text) > 19 or int(text) >= 2**63:
        raise ValueError(f'invalid integer literal "{text}": value out of range')
    return int(text)


def duration(text: str) -> list[DurationPart]:
    """`1h30m`.

    Raises:
        ValueError: a magnitude is beyond 64 bits.
    """
    return [
        DurationPart(integer(number.lstrip("0") or "0"), "us" if unit == "µs" else unit)
        for number, unit in _DURATION.findall(text)
    ]


def moment(text: str) -> str:
    """A date alone, or a time with its offset, as it is.

    Raises:
        ValueError: there is no such day or time, or no offset.
    """
    if "T" not in text:
        date.fromisoformat(text)
    elif datetime.fromisoformat(text).tzinfo is None or ".Z" in text.replace("+", "Z"):
        raise ValueError("a time without offset or without digits after its point")
    return text


def canonical(text: str) -> str:
    """A moment as the real server prints it: with its time, no zeros at the end, `Z` for UTC."""
    day, _, rest = text.partition("T")
    clock, fraction, offset = _CLOCK.fullmatch(rest or "00:00:00Z").groups()  # type: ignore[union-attr]
    fraction = (fraction or "")[:10].rstrip(".0")
    return f"{day}T{clock}{fraction}{'Z' if offset[1:] == '00:00' else offset}"


def string(text: str) -> str:
    r"""The text between quotes; stretches of `\xHH` together are UTF-8.

    Raises:
        ValueError: an escape that is none, or bytes that are no UTF-8.
    """
    return _resolved(text, _letter)


def pattern(text: str) -> str:
    r"""The text between slashes: `\/` and `\xHH` are resolved, all else has a meaning of its own.

    Raises:
        ValueError: as for a string.
    """
    return _resolved(text, _letter_of_pattern)


def _resolved(text: str, letter: Callable[[str], str]) -> str:
    if "\\" not in text:
        return text
    parts, done = bytearray(), 0
    for escape in _ESCAPE.finditer(text):
        parts += text[done : escape.start()].encode()
        parts += letter(escape[2]).encode() if escape[1] is None else _byte(escape[1])
        done = escape.end()
    parts += text[done:].encode()
    try:
        return parts.decode()
    except UnicodeDecodeError as error:
        what = f"invalid utf-8 sequence of {error.end - error.start} bytes"
        cut = "unexpected end" in error.reason
        what = "incomplete utf-8 byte sequence" if cut else what
        raise ValueError(f"{what} from index {error.start}") from None


def _letter(escaped: str) -> str:
    if not escaped:
        raise ValueError("invalid escape sequence")
    if escaped not in _ESCAPES:
        raise ValueError(f"invalid escape character {escaped}")
    return _ESCAPES[escaped]


def _letter_of_pattern(escaped: str) -> str:
    if not escaped:
        raise ValueError("unterminated regex sequence")
    return "/" if escaped == "/" else f"\\{escaped}"


def _byte(digits: str) -> bytes:
    if len(digits) < 2:
        raise ValueError(rf"\x followed by {len(digits)} char, must be 2")
    if re.fullmatch(r"[0-9a-fA-F]{2}", digits) is None:
        raise ValueError("invalid byte value")
    return bytes.fromhex(digits)
