"""A JSON body as Go's decoder reads it: fields by type, errors in the decoder's words."""

from __future__ import annotations

import json
import re
from typing import Any, NoReturn

from influx_pipelines.embedded.http.answers import invalid
from influx_pipelines.embedded.http.ids import IdError, checked_id

_GO_TYPES = {dict: "object", list: "array", str: "string", bool: "bool"}
# An escape: a pair of surrogates, one alone (which Go reads as U+FFFD), or another.
_ESCAPE = re.compile(
    r"\\(?:u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(u[dD][89a-fA-F][\da-fA-F]{2})|.)",
    re.DOTALL,
)
# What Python's decoder says → where Go's says that it met the character.
_PLACES = {
    "Expecting value": "looking for beginning of value",
    "Expecting property name": "looking for beginning of object key string",
    "Illegal trailing comma": "looking for beginning of object key string",
    "Expecting ':' delimiter": "after object key",
    "Invalid control character": "in string literal",
    "Invalid \\escape": "in string escape code",
    "Invalid \\uXXXX escape": "in \\u hexadecimal character escape",
}
_QUIET = re.compile(r'"(?:\\.|[^"\\])*"?|[^][{}"]')  # all but the brackets


def decode(body: bytes) -> Any:
    """The first JSON value of a body; what follows it is not looked at.

    Raises:
        ValueError: with the message of Go's decoder.
    """
    text = body.decode("utf-8", "replace").lstrip()
    text = _ESCAPE.sub(lambda escape: r"\ufffd" if escape[1] else escape[0], text)
    if not text:
        raise ValueError("EOF")
    try:
        return json.JSONDecoder(parse_constant=_no_constant).raw_decode(text)[0]
    except json.JSONDecodeError as error:
        raise ValueError(_go_text(error)) from None
    except RecursionError:
        raise ValueError("exceeded max depth") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


def _go_text(error: json.JSONDecodeError) -> str:
    text, place = error.doc, error.pos
    if place >= len(text.rstrip()) or error.msg.startswith("Unterminated string"):
        return "unexpected EOF"
    for word in ("true", "false", "null"):
        if text[place] == word[0] and error.msg == "Expecting value":
            same = len(_common(word, text[place:]))
            if place + same == len(text):
                return "unexpected EOF"
            expected = f"in literal {word} (expecting '{word[same]}')"
            return f"invalid character '{text[place + same]}' {expected}"
    where = next((w for said, w in _PLACES.items() if error.msg.startswith(said)), None)
    if where is None:  # a comma is missing
        brackets = _QUIET.sub("", text[:place])
        while (shorter := re.sub(r"\[\]|\{\}", "", brackets)) != brackets:
            brackets = shorter
        where = "after array element" if brackets.endswith("[") else "after object key:value pair"
    return f"invalid character '{text[place]}' {where}"


def _common(word: str, text: str) -> str:
    size = next((i for i, c in enumerate(word) if text[i : i + 1] != c), len(word))
    return word[:size]


class Body(dict[str, Any]):
    """An object; `prefix` stands before every message, `struct` before the name of a field."""

    def __init__(self, fields: dict[str, Any], prefix: str = "", struct: str = "") -> None:
        super().__init__(fields)
        self.prefix, self.struct = prefix, struct

    @classmethod
    def read(cls, body: bytes, prefix: str) -> Body:
        """The object that a request brought.

        Raises:
            Fault: 400, the body is no JSON object.
        """
        try:
            value = decode(body)
        except ValueError as error:
            raise invalid(f"{prefix}{error}") from None
        if not isinstance(value, dict):
            raise invalid(f"{prefix}json: cannot unmarshal {go_type(value)} into Go value")
        return cls(value, prefix)

    def _typed(self, name: str, kinds: tuple[type, ...], wanted: str) -> Any:
        value = self.get(name)
        fits = type(value) in kinds  # not isinstance: a bool is no number here
        if value is None or fits:
            return value
        field = f"{go_type(value)} into Go struct field {self.struct}{name} of type {wanted}"
        raise invalid(f"{self.prefix}json: cannot unmarshal {field}")

    def text(self, name: str, default: str = "") -> str:
        """A text; the default where it is missing or null.

        Raises:
            Fault: 400, it is of another type; so do the other readers.
        """
        value = self._typed(name, (str,), "string")
        return default if value is None else str(value)

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._typed(name, (bool,), "bool")
        return default if value is None else bool(value)

    def integer(self, name: str) -> int | None:
        """A whole number."""
        value: int | None = self._typed(name, (int,), "int64")
        return value

    def number(self, name: str) -> float | None:
        """A number."""
        value: float | None = self._typed(name, (int, float), "float64")
        return value

    def id(self, name: str) -> str | None:
        """An ID; None where it is missing or empty."""
        text = self.text(name)
        try:
            return checked_id(text) if text else None
        except IdError as error:
            raise invalid(f"{self.prefix}{error}") from None

    def object(self, name: str) -> Body:
        """An object; empty where it is missing."""
        return Body(self._typed(name, (dict,), "struct") or {}, self.prefix)

    def texts(self, name: str) -> list[str]:
        """Several texts."""
        return [Body({name: item}, self.prefix).text(name) for item in self.array(name)]

    def objects(self, name: str) -> list[Body]:
        """Several objects."""
        return [Body({name: item}, self.prefix).object(name) for item in self.array(name)]

    def array(self, name: str) -> list[Any]:
        """An array; empty where it is missing."""
        return self._typed(name, (list,), "array") or []


def go_type(value: Any) -> str:
    """What Go's decoder calls a value that does not fit."""
    return _GO_TYPES.get(type(value), "number")
