"""Valid line protocol, drawn together with what it says: all types, escapes, Unicode."""

from __future__ import annotations

import re
from typing import Any, NamedTuple

from hypothesis import strategies as st

from influx_pipelines.embedded.engine.values import MAX_TIME, MIN_TIME

RESERVED = ("time", "_field", "_measurement", "_time", "_value", "_start", "_stop")
RESERVED += ("result", "table", "error")  # these poison a Flux query


class Line(NamedTuple):
    """A line and what is to come back."""

    text: str
    measurement: str
    tags: dict[str, str]
    fields: dict[str, tuple[str, Any]]
    time: int


def escaped(name: str, letters: str) -> str:
    return re.sub(f"([{letters}])", r"\\\1", name)


# A backslash before one of these, or at the end, is never one of the name.
_NAMES = (
    st.text(
        st.characters(exclude_categories=["Cs"], exclude_characters="\n\r\0"),
        min_size=1,
        max_size=8,
    )
    .filter(lambda name: re.search(r'\\([, ="]|$)', name) is None)
    .filter(lambda name: name not in RESERVED and name[0] != "\t")  # skipped before a field
)
_MEASUREMENTS = _NAMES.filter(lambda name: name[0] not in "# ")
_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
_VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False).map(lambda v: ("float", v, repr(v))),
    st.integers(-(2**63), 2**63 - 1).map(lambda v: ("int", v, f"{v}i")),
    st.integers(0, 2**64 - 1).map(lambda v: ("uint", v, f"{v}u")),
    st.sampled_from(["t", "T", "true", "True", "TRUE"]).map(lambda v: ("bool", True, v)),
    st.sampled_from(["f", "F", "false", "False", "FALSE"]).map(lambda v: ("bool", False, v)),
    _TEXTS.map(lambda v: ("string", v, '"' + escaped(v, '"\\\\') + '"')),
)


@st.composite
def lines(draw: st.DrawFn) -> Line:
    measurement = draw(_MEASUREMENTS)
    tags = draw(st.dictionaries(_NAMES, _NAMES, max_size=3))
    fields = draw(st.dictionaries(_NAMES, _VALUES, min_size=1, max_size=3))
    time = draw(st.integers(MIN_TIME, MAX_TIME - 1))  # Flux does not reach the very last one
    head = "".join(f",{escaped(k, ', =')}={escaped(v, ', =')}" for k, v in tags.items())
    body = ",".join(f"{escaped(k, ', =')}={raw}" for k, (_, _, raw) in fields.items())
    space, end = draw(st.sampled_from([" ", "  "])), draw(st.sampled_from(["", " "]))
    text = f"{escaped(measurement, ', ')}{head}{space}{body}{space}{time}{end}"
    return Line(text, measurement, tags, {k: v[:2] for k, v in fields.items()}, time)
