"""Values of a shard as line protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from influx_pipelines.backups.tsm.decoding import Times, Values
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.influx.lineprotocol import KEY_ESCAPES, STRING_ESCAPES


def lines_of(series: bytes, field: bytes, kind: str, times: Times, values: Values) -> bytes:
    """A line for each value; times in nanoseconds.

    Raises:
        TsmError: line protocol cannot hold a name or a value.
    """
    name = _escaped(field, KEY_ESCAPES)
    for text in (series, name):
        if not text or b"\n" in text or text.endswith(b"\\"):
            raise TsmError("", f"{series[:80]!r} {field[:80]!r} cannot be written as a line.")
    if kind == "float" and not np.isfinite(values).all():
        raise TsmError("", f"{series[:80]!r} {field[:80]!r} has a value that is no number.")
    head = b"%b %b=" % (series, name)
    rows = zip(TEXTS[kind](values), times.tolist(), strict=True)
    return b"".join([b"%b%b %d\n" % (head, text, time) for text, time in rows])


def _escaped(text: bytes, characters: tuple[str, ...]) -> bytes:
    for character in characters:
        text = text.replace(character.encode(), b"\\" + character.encode())
    return text


def _strings(values: Values) -> Iterable[bytes]:
    return (b'"%b"' % _escaped(value, STRING_ESCAPES) for value in values)


TEXTS: dict[str, Callable[[Any], Iterable[bytes]]] = {
    "float": lambda values: (repr(value).encode() for value in values.tolist()),
    "integer": lambda values: (b"%di" % value for value in values.tolist()),
    "unsigned": lambda values: (b"%du" % value for value in values.tolist()),
    "boolean": lambda values: (b"true" if value else b"false" for value in values.tolist()),
    "string": _strings,
}
