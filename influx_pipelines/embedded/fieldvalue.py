"""Values of fields in line protocol, refused in the server's words."""

from __future__ import annotations

import re
from math import isinf
from typing import Any

from influx_pipelines.embedded.engine.values import Uint

_TRUTH = {**dict.fromkeys("t T true True TRUE".split(), True)}
_TRUTH.update(dict.fromkeys(["f", "F", "false", "False", "FALSE"], False))
_FLOAT = re.compile(r"-?(?:[0-9]|[eE][+-]?)*+(?:\.(?:[0-9]|[eE][+-]?)*+)?")
_WHOLE = {"i": re.compile(r"-?[0-9]+"), "u": re.compile(r"[0-9]+")}
_TEXT_ESCAPE = re.compile(r'\\(["\\])')


class LineError(Exception):
    """Why a line cannot be read."""


def read_value(raw: str) -> tuple[str, Any]:
    """The type and the value of a field; a text is all between its first and its last byte.

    Raises:
        LineError: in the server's words.
    """
    if raw.startswith('"'):
        text = raw[1:].encode("utf-8", "surrogateescape")[:-1].decode("utf-8", "replace")
        return "string", _TEXT_ESCAPE.sub(r"\1", text)
    return number_or_truth(raw)


def number_or_truth(raw: str) -> tuple[str, Any]:
    """The type and the value of a field that is no text.

    Raises:
        LineError: in the server's words.
    """
    if not raw or raw[0] not in "0123456789-.nN":
        if raw not in _TRUTH:
            raise LineError("invalid boolean")
        return "bool", _TRUTH[raw]
    if raw[-1] in "iu":
        return _whole(raw[:-1], raw[-1])
    if _FLOAT.fullmatch(raw) is None:
        raise LineError("invalid number")
    try:
        value = float(raw)
    except ValueError:
        raise LineError("invalid float" if raw.strip("-.") else "invalid number") from None
    if isinf(value):
        raise LineError("invalid float")
    return "float", value


def _whole(raw: str, suffix: str) -> tuple[str, Any]:
    if _WHOLE[suffix].fullmatch(raw) is None:
        raise LineError("invalid number")
    value = read_integer(raw)
    if suffix == "i" and -(2**63) <= value < 2**63:
        return "int", value
    if suffix == "u" and value < 2**64:
        return "uint", Uint(value)
    kind, parser = ("integer", "ParseInt") if suffix == "i" else ("unsigned", "ParseUint")
    reason = f'strconv.{parser}: parsing "{raw}": value out of range'
    raise LineError(f"unable to parse {kind} {raw}: {reason}")


def read_integer(digits: str) -> int:
    """A whole number; thousands of digits, which Python refuses to read, are out of any range."""
    sign, rest = digits[: digits.startswith("-")], digits.lstrip("-").lstrip("0")
    return int(digits) if len(digits) < 30 else int(f"{sign}{rest[:30] or 0}")
