"""Reading protocol buffers without their schema: numbers and bytes by the number of the field."""

from __future__ import annotations

from typing import Any

from influx_pipelines.backups.verify.damages import Broken

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5
WIDTHS = {FIXED64: 8, FIXED32: 4}

Fields = dict[int, list[Any]]


def fields(data: bytes) -> Fields:
    """All fields of a message: integers, or bytes of texts and messages.

    Raises:
        Broken: it is no message.
    """
    found: Fields = {}
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        kind = tag & 7
        value: int | bytes
        if kind == VARINT:
            value, at = _varint(data, at)
        else:
            length, at = (WIDTHS[kind], at) if kind in WIDTHS else _varint(data, at)
            if kind not in (*WIDTHS, BYTES) or at + length > len(data):
                raise Broken("the message is broken", f"byte {at}")
            value, at = data[at : at + length], at + length
        found.setdefault(tag >> 3, []).append(value)
    return found


def one(message: Fields, field: int, default: Any = 0) -> Any:
    """The last value of a field, which is the one that counts."""
    return message.get(field, [default])[-1]


def signed(value: int) -> int:
    """An int64 of the number that it travels as."""
    return value - (1 << 64) if value >= 1 << 63 else value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 64, 7):
        if at >= len(data):
            break
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at
    raise Broken("the message breaks off", f"byte {at}")
