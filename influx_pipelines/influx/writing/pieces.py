"""Columns as pieces of lines: Arrow strings that carry the literal text around each value.

Nothing makes a Python object per value: orjson writes a whole column of numbers as one list whose
commas become the text between two values, texts that repeat are escaped once and picked by code,
and few pieces are joined per row. A null is a piece that is left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.compute as pc

from influx_pipelines.influx.lineprotocol import STRING_ESCAPES, escaped

SAMPLE = 1_000
COMMA = ord(",")


def join(pieces: list[Any], separator: str = "") -> pa.StringArray:
    """The pieces of each row one after another."""
    return pc.binary_join_element_wise(*pieces, separator, null_handling="skip")


def field(column: pa.Array, before: str) -> pa.Array:
    """A field with its name before it, as line protocol writes its type."""
    kind = column.type
    if pa.types.is_floating(kind):
        return numbers(column, before, "")
    if pa.types.is_integer(kind):
        return numbers(column, before, "i" if pa.types.is_signed_integer(kind) else "u")
    if pa.types.is_boolean(kind):
        return pc.if_else(column, f"{before}true", f"{before}false")
    return texts(column, f'{before}"', '"', STRING_ESCAPES)


def numbers(column: pa.Array, before: str, after: str) -> pa.StringArray:
    """Numbers in their shortest exact text."""
    size = len(column)
    if not size:
        return pa.array([], pa.string())
    values = np.ascontiguousarray(pc.fill_null(column, 0).to_numpy())
    listed = orjson.dumps(values, option=orjson.OPT_SERIALIZE_NUMPY)
    head, tail = before.encode(), after.encode()
    between = tail + head
    text = b"".join((head, memoryview(listed.replace(b",", between))[1:-1], tail))
    commas = np.flatnonzero(np.frombuffer(listed, np.uint8) == COMMA)
    ends = np.empty(size + 1, np.int32)
    ends[0], ends[-1] = 0, len(text)
    # A comma stands one behind its place in the text because of the list's bracket.
    ends[1:-1] = commas + np.arange(size - 1) * (len(between) - 1) + (len(between) - 1)
    bits = pc.is_valid(column).buffers()[1] if column.null_count else None
    return pa.StringArray.from_buffers(size, pa.py_buffer(ends), pa.py_buffer(text), bits)


def texts(
    column: pa.Array,
    before: str,
    after: str,
    characters: tuple[str, ...],
    missing: str | None = None,
) -> pa.Array:
    """Texts with a backslash before each of the characters; `missing` stands for a null."""
    if isinstance(column, pa.DictionaryArray) or repeats(column):
        coded = column.dictionary_encode()
        fragments = [
            missing if text is None else f"{before}{escaped(text, characters)}{after}"
            for text in coded.dictionary.to_pylist()
        ]
        codes = coded.indices
        if missing is not None and codes.null_count:
            codes = pc.fill_null(codes.cast(pa.int64()), len(fragments))
            fragments.append(missing)
        return pa.array(fragments, pa.string()).take(codes)
    text = bytes_of(column)
    for character in characters:
        if character.encode() in text:
            column = pc.replace_substring(column, character, "\\" + character)
    pieces = pc.binary_join_element_wise(before, column, after, "")
    return pieces if missing is None else pc.fill_null(pieces, missing)


def bytes_of(column: pa.Array) -> bytes:
    """All text of a string column, one value after another."""
    _, ends, data = column.buffers()
    if data is None or not len(column):
        return b""
    bounds = np.frombuffer(ends, np.int32)
    start, stop = bounds[column.offset], bounds[column.offset + len(column)]
    return bytes(data.slice(start, stop - start))


def repeats(column: pa.Array) -> bool:
    """Whether texts seem to repeat, by a look at a thousand of them."""
    size = len(column)
    if size < 4 * SAMPLE:
        sample = column
    else:
        sample = column.take(pa.array(np.arange(0, size, size // SAMPLE)))
    return bool(pc.count_distinct(sample).as_py() < 0.8 * len(sample))
