"""Answers as a server writes them, for hypothesis."""

from __future__ import annotations

import base64
import csv
import io
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

TEXT = st.text(
    st.sampled_from('ab ,"#\n\\\tü☀') | st.characters(exclude_categories=["Cs", "Cc"]), max_size=8
) | st.sampled_from(
    ["\n#datatype,string\n#group,x", "#default", "\n,error,reference\n,x,", "NaN", "null", "+Inf"]
)
MOMENT = st.integers(-(2**63) + 2, 2**63 - 1)


def rfc3339(nanoseconds: int) -> str:
    """As Go writes it: no more decimals than there are."""
    seconds, rest = divmod(nanoseconds, 10**9)
    whole = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    fraction = f".{rest:09}".rstrip("0").rstrip(".")
    return f"{whole:%Y-%m-%dT%H:%M:%S}{fraction}Z"


CELLS: dict[str, st.SearchStrategy[str]] = {
    "string": TEXT,
    "long": st.integers(-(2**63), 2**63 - 1).map(str),
    "unsignedLong": st.integers(0, 2**64 - 1).map(str),
    "double": st.floats(allow_nan=False, allow_infinity=False).map(repr)
    | st.sampled_from(["NaN", "+Inf", "-Inf", "-0", "1" + "0" * 21]),
    "boolean": st.sampled_from(["true", "false"]),
    "dateTime:RFC3339": MOMENT.map(rfc3339),
    "base64Binary": st.binary(max_size=5).map(lambda data: base64.b64encode(data).decode()),
    "duration": st.just("1h30m"),
}


@st.composite
def tables(draw: st.DrawFn) -> tuple[Any, ...]:
    """Result, names, types, group key, defaults, rows of a block."""
    names = draw(st.lists(TEXT.filter(bool), min_size=1, max_size=4, unique=True))
    types = draw(st.lists(st.sampled_from(list(CELLS)), min_size=len(names), max_size=len(names)))
    group = draw(st.lists(st.booleans(), min_size=len(names), max_size=len(names)))
    cells = [st.just("") | CELLS[kind] for kind in types]
    rows = draw(st.lists(st.tuples(*cells), max_size=6))
    bare = st.just(("",) * len(names))
    defaults = draw(bare | st.tuples(*cells)) if draw(st.booleans()) else ("",) * len(names)
    return draw(st.sampled_from(["_result", "other"])), names, types, group, defaults, rows


@st.composite
def answers(draw: st.DrawFn) -> bytes:
    """A few blocks, some of which come again and again."""
    kinds = draw(st.lists(tables(), min_size=1, max_size=3))
    order = draw(st.lists(st.sampled_from(kinds), min_size=1, max_size=8))
    return "".join(map(block, range(len(order)), order)).encode()


def block(number: int, table: tuple[Any, ...]) -> str:
    """A block: annotations, names, rows, a blank line."""
    result, names, types, group, defaults, rows = table
    lines = [
        ["#datatype", "string", "long", *types],
        ["#group", "false", "false", *(str(in_key).lower() for in_key in group)],
        ["#default", result, "", *defaults],
        ["", "result", "table", *names],
        *(["", "", str(number), *row] for row in rows),
    ]
    return "".join(map(_line, lines)) + "\r\n"


def _line(cells: list[str]) -> str:
    text = io.StringIO(newline="")
    csv.writer(text).writerow([cell.replace("\n", "\r\n") for cell in cells])
    return text.getvalue()
