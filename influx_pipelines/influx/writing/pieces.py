"""Columns as pieces of lines: Arrow strings that carry the literal text around each value.

Nothing makes a Python object per value: orjson writes a whole column of numbers as one list whose
commas become the text between two values, texts that repeat are escaped once and picked by code,
and few pieces are joined per row. A null is a piece that is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import STRING_ESCAPES, escaped
from influx_pipelines.influx.writing.texts import bytes_of

SAMPLE = 1_000
COMMA = ord(",")
Places = np.ndarray[Any, np.dtype[np.int64]]


@dataclass
class Piece:
    """A column with the text before and after each value; `missing` stands for a null.

    Texts get a backslash before each of the `escapes`.
    """

    column: pa.Array
    before: str
    after: str = ""
    missing: str | None = None
    escapes: tuple[str, ...] = STRING_ESCAPES

    def render(self) -> pa.Array:
        """The piece of each row."""
        kind = self.column.type
        if pa.types.is_boolean(kind):
            yes, no = (f"{self.before}{text}{self.after}" for text in ("true", "false"))
            return pc.if_else(self.column, yes, no)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return _numbers(self.column, self.before.encode(), self.after.encode())
        return _texts(self)


def field(column: pa.Array, before: str) -> Piece:
    """A field with its name before it, as line protocol writes its type."""
    kind = column.type
    if pa.types.is_integer(kind):
        return Piece(column, before, "i" if pa.types.is_signed_integer(kind) else "u")
    if pa.types.is_floating(kind) or pa.types.is_boolean(kind):
        return Piece(column, before)
    return Piece(column, f'{before}"', '"')


def folded(pieces: Sequence[Piece]) -> list[pa.Array]:
    """The pieces of all rows; literal text moves to the neighbour before it where both are there.

    There it costs nothing: it is spelled out once per distinct text, or takes the place of a comma.
    """
    for one, following in pairwise(pieces):
        if not one.column.null_count and not following.column.null_count:
            one.after += following.before
            following.before = ""
    return [piece.render() for piece in pieces]


def concatenate(parts: list[Any], separator: str = "") -> pa.StringArray:
    """The parts of each row one after another, without those that are null."""
    return pc.binary_join_element_wise(*parts, separator, null_handling="skip")


def _numbers(column: pa.Array, before: bytes, after: bytes) -> pa.StringArray:
    """Numbers in their shortest exact text."""
    size = len(column)
    values = np.ascontiguousarray(pc.fill_null(column, 0).to_numpy())
    listed = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)
    between = after + before
    text = b"".join((before, memoryview(listed.replace(b",", between))[1:-1], after))
    commas = _commas(listed, size)
    ends = np.empty(size + 1, np.int32)
    ends[0], ends[-1] = 0, len(text)
    # A comma stands one behind its place in the text because of the list's bracket.
    ends[1:-1] = commas + np.arange(size - 1) * (len(between) - 1) + (len(between) - 1)
    bits = pc.is_valid(column).buffers()[1] if column.null_count else None
    return pa.StringArray.from_buffers(size, pa.py_buffer(ends), pa.py_buffer(text), bits)


def _commas(listed: bytes, size: int) -> Places:
    """The places of the commas in a list of numbers; those of one width, as times, are not read."""
    raw, step = np.frombuffer(listed, np.uint8), listed.find(b",")
    places = np.arange(1, size) * step
    if len(listed) == size * step + 1 and (raw[places] == COMMA).all():
        return places
    return np.flatnonzero(raw == COMMA)


def _texts(piece: Piece) -> pa.Array:
    """Texts, escaped once where they repeat."""
    column, missing = piece.column, piece.missing
    if isinstance(column, pa.DictionaryArray) or _repeats(column):
        coded = column.dictionary_encode()
        fragments = [
            piece.before + escaped(text, piece.escapes) + piece.after
            for text in coded.dictionary.to_pylist()
        ]
        codes = coded.indices
        if missing is not None and codes.null_count:
            codes = pc.fill_null(codes.cast(pa.int64()), len(fragments))
            fragments.append(missing)
        return pa.array(fragments, pa.string()).take(codes)
    text = bytes_of(column)
    for character in piece.escapes:
        if character.encode() in text:
            column = pc.replace_substring(column, character, "\\" + character)
    found = pc.binary_join_element_wise(piece.before, column, piece.after, "")
    return found if missing is None else pc.fill_null(found, missing)


def _repeats(column: pa.Array) -> bool:
    """Whether texts seem to repeat, by a look at a thousand of them."""
    size = len(column)
    if size < 4 * SAMPLE:
        sample = column
    else:
        sample = column.take(pa.array(np.arange(0, size, size // SAMPLE)))
    return bool(pc.count_distinct(sample).as_py() < 0.8 * len(sample))
