"""Text columns in the two forms that are written: plain strings, and dictionaries that help."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from influx_pipelines.influx.writing.casting import kind_of

FEW = 4  # a dictionary helps when its values are picked that often


def plain(column: pa.Array) -> pa.Array:
    """The column without views of text, which few kernels take; a dictionary where it helps.

    That is a dictionary of texts that repeat. One with a null entry does not tell in which rows it
    is null; one of nulls is what pandas makes of a category without values.
    """
    if pa.types.is_string_view(column.type):
        return column.cast(pa.large_string())
    if not isinstance(column, pa.DictionaryArray):
        return column
    entries = plain(column.dictionary)
    if pa.types.is_null(entries.type):
        return pa.nulls(len(column))
    column = pa.DictionaryArray.from_arrays(column.indices, entries)
    helps = kind_of(entries.type) is str and len(entries) * FEW <= len(column)
    return column if helps and not entries.null_count else column.dictionary_decode()


def as_text(column: pa.Array) -> pa.Array:
    """Text, booleans or integers as strings; a dictionary stays one."""
    if isinstance(column, pa.DictionaryArray):
        entries = column.dictionary.cast(pa.string())
        return pa.DictionaryArray.from_arrays(column.indices, entries)
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def entries_of(column: pa.Array) -> pa.Array:
    """What is to be looked at once: the dictionary, or all strings."""
    return column.dictionary if isinstance(column, pa.DictionaryArray) else column


def decoded(column: pa.Array) -> pa.Array:
    """A string for each row."""
    return column.dictionary_decode() if isinstance(column, pa.DictionaryArray) else column


def bytes_of(column: pa.Array) -> bytes:
    """All text of a column of strings, one value after another."""
    _, ends, data = column.buffers()
    if data is None or not len(column):
        return b""
    bounds = np.frombuffer(ends, np.int32)
    start, stop = bounds[column.offset], bounds[column.offset + len(column)]
    return bytes(data.slice(start, stop - start))
