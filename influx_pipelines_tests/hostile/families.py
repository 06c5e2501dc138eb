"""Families of values, and what InfluxDB must hold for a value of each: the plain rules."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from hypothesis import strategies as st

# Letters that line protocol, Flux or CSV gives a meaning, and some of every length in UTF-8.
LETTERS = "ab01,= \"'\\#${}|`:;/.-_+é漢🜁\u200b\u0301\t"
_RESERVED = "time _time _value _start _stop _field _measurement result table error".split()

texts = st.one_of(
    st.text(LETTERS + "\n", max_size=12),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12),
    st.sampled_from(
        ["", "\\", '"', '\\"', "\n", "#datatype", "\n#datatype,string", "a\n\nb", "é" * 99]
    ),
)


def _holdable(name: str) -> bool:
    """Names that come back as they were written (see `test_names` for the others)."""
    unescaped = any("\\" + letter in name for letter in ', ="')
    return not (unescaped or name.endswith("\\") or name in _RESERVED or name[0] in "#\t ")


names = st.one_of(
    st.text(LETTERS, min_size=1, max_size=10),
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\r\n\0"),
        min_size=1,
        max_size=10,
    ),
    st.sampled_from(["a b", "a,b", "a=b", "_value_", "${a}", "in", "from", "É"]),
).filter(_holdable)


class Family(NamedTuple):
    """The values of a column, and the type that InfluxDB gives them in a field."""

    kind: str
    values: st.SearchStrategy[Any]


def _integers(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    low, high = (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1) if signed else (0, 2**bits - 1)
    return st.integers(low, high) | st.sampled_from([low, high, 0, 1])


FAMILIES: dict[str, Family] = {
    **{f"float{bits}": Family("float", st.floats(width=bits)) for bits in (16, 32, 64)},
    **{f"int{bits}": Family("int", _integers(bits, signed=True)) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": Family("uint", _integers(bits, signed=False)) for bits in (8, 16, 32, 64)},
    "bool": Family("bool", st.booleans()),
    "text": Family("string", texts),
    "name": Family("string", names | st.just("")),  # what a tag may hold
    "null": Family("null", st.none()),
}

EXAMPLES: dict[str, list[Any]] = {
    **{f"int{bits}": [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1, 0, 7] for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": [2**bits - 1, 0, 7] for bits in (8, 16, 32, 64)},
    "float16": [0.0999755859375, -65504.0, math.nan, math.inf],
    "float32": [0.10000000149011612, -3.4028234663852886e38, 1e-45, math.nan, -math.inf],
    "float64": [0.1, -0.0, 5e-324, 1.7976931348623157e308, 1e21, math.nan, math.inf, 123456789.0],
    "bool": [True, False],
    "text": ["a b", "a,b=c", "\u00e9\U0001f701", "${x}", "", "a\\b"],
    "null": [None],
}


def field_value(family: str, value: Any) -> tuple[str, Any] | None:
    """Type and value of a field; None for a field that is left out.

    What has 32 bits or fewer is written as the shortest text that gives the same 32 bits.
    """
    kind = FAMILIES[family].kind
    if value is None or (kind == "float" and not math.isfinite(value)):
        return None
    return kind, float(str(np.float32(value))) if family in ("float16", "float32") else value


def normal(value: Any) -> Any:
    """The encoder of an answer writes the line breaks of a text anew; a CR alone is lost."""
    return value.replace("\r\n", "\n").replace("\r", "") if isinstance(value, str) else value


def tag_value(value: Any) -> str | None:
    """Text of a tag; None for a tag that is left out."""
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None or value == "" else str(value)
