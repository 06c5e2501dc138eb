"""Line protocol: names, and what InfluxDB cannot hold or gives back broken.

Sources: line protocol as 2.9.1 and 2.7.12 were seen to read it; a backslash is literal, but none
can stand at the end of a name, since it would escape what follows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from influx_pipelines.influx.writing.result import WriteResult

# Written, these poison later reads: a series with a tag `_time` or `_value` cannot be queried at
# all, the others come back empty or twice (seen on 2.9.1).
RESERVED_TAGS = frozenset(
    [*"time _time _value _start _stop _field _measurement result table error".split(), "\0"]
)
RESERVED_FIELDS = frozenset({"time"})
UNIT = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
MIN_TIME = -9_223_372_036_854_775_806  # nanoseconds
MAX_TIME = 9_223_372_036_854_775_806
MAX_STRING = 1_048_576  # bytes of a string field

# What needs a backslash before it, in the order of replacing.
MEASUREMENT_ESCAPES = (",", " ")
KEY_ESCAPES = (",", "=", " ")  # tags and their values, names of fields
STRING_ESCAPES = ("\\", '"')


class UnwritableError(ValueError):
    """A name or value that line protocol cannot express; the message says which, where and why.

    `result` counts what was stored before it was met, which only an iterator can bring about.
    """

    result: WriteResult | None = None


def escaped(text: str, characters: tuple[str, ...]) -> str:
    """The text with a backslash before each of the characters."""
    for character in characters:
        text = text.replace(character, "\\" + character)
    return text


def fault_of(name: str) -> str:
    """Why a name or the value of a tag cannot be written; empty when it can."""
    if name.endswith("\\"):
        return "ends in a backslash, which would escape what follows"
    if "\n" in name or "\r" in name:
        return "holds a line break, which cannot be written there"
    return ""


def is_broken(text: str) -> bool:
    """Whether it holds half of a surrogate pair, which has no bytes."""
    return any("\ud800" <= letter <= "\udfff" for letter in text)


def _check(what: str, name: str) -> None:
    if not name:
        raise UnwritableError(f"the name of a {what} is empty")
    if is_broken(name):
        raise UnwritableError(f"{what} {name!r} holds half of a surrogate pair, which is no text")
    if fault := fault_of(name):
        raise UnwritableError(f"{what} {name!r} {fault}")


def measurement_text(name: str) -> str:
    """A measurement's name in line protocol.

    Raises:
        UnwritableError: it cannot be written.
    """
    _check("measurement", name)
    if name.startswith("#"):
        raise UnwritableError(f"measurement {name!r} begins with #, which marks a comment")
    if name[0] in "\t\0":
        raise UnwritableError(f"measurement {name!r} begins with a blank that the server skips")
    _check_backslashes("measurement", name)
    return escaped(name, MEASUREMENT_ESCAPES)


def tag_key(name: str) -> str:
    """The name of a tag in line protocol.

    Raises:
        UnwritableError: it is reserved or cannot be written.
    """
    _check("tag", name)
    if name in RESERVED_TAGS:
        raise UnwritableError(
            f"tag {name!r} is a reserved name, which breaks later queries: choose another one"
        )
    return escaped(name, KEY_ESCAPES)


def field_key(name: str) -> str:
    """The name of a field in line protocol.

    Raises:
        UnwritableError: it is reserved or cannot be written.
    """
    _check("field", name)
    if name in RESERVED_FIELDS:
        raise UnwritableError(f"field {name!r} is a reserved name: choose another one")
    if name[0] in "\t\0":
        raise UnwritableError(f"field {name!r} begins with a blank that the server skips")
    _check_backslashes("field", name)
    return escaped(name, KEY_ESCAPES)


def _check_backslashes(what: str, name: str) -> None:
    if any("\\" + letter in name for letter in ', ="'):
        raise UnwritableError(
            f"{what} {name!r} holds a backslash before a comma, blank, equals sign or quote, which "
            "the server takes for an escape"
        )


def check_precision(precision: str) -> None:
    """Refuse a precision that there is not.

    Raises:
        ValueError: it is none of ns, us, ms, s.
    """
    if precision not in UNIT:
        raise ValueError(f"precision {precision!r}: write one of {', '.join(UNIT)}")
