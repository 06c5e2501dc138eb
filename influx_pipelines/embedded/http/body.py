"""A JSON body as Go's decoder reads it: fields by type, errors in the decoder's words."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.ids import IdError, checked_id

_GO_TYPES = {dict: "object", list: "array", str: "string", bool: "bool"}
_LIMITS = {"int32": 1 << 31, "int64": 1 << 63}
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
    if not text:
        raise ValueError("EOF")
    try:
        value = _DECODER.raw_decode(text)[0]
    except json.JSONDecodeError as error:
        raise ValueError(_go_text(error)) from None
    except RecursionError:
        raise ValueError("exceeded max depth") from None
    if "\\ud" in text.lower():  # half a pair of surrogates is no character
        utf16 = json.dumps(value, ensure_ascii=False).encode("utf-16", "surrogatepass")
        value = json.loads(utf16.decode("utf-16", "replace"))
    return value


def _float(text: str) -> float:
    value = float(text)
    if math.isinf(value):
        raise ValueError(f"json: cannot unmarshal number {text} into Go value of type float64")
    return value


def _integer(text: str) -> float:
    return int(text) if len(text) < 300 else _float(text)


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"invalid character '{name[0]}' looking for beginning of value")


_DECODER = json.JSONDecoder(parse_constant=_no_constant, parse_float=_float, parse_int=_integer)


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
    """An object whose fields are found without regard to case.

    `prefix` stands before every message, `struct` before the name of a field; errors have `code`.
    """

    def __init__(
        self, fields: dict[str, Any], prefix: str = "", struct: str = "", code: str = "invalid"
    ) -> None:
        super().__init__((name.lower(), value) for name, value in fields.items())
        self.fields, self.prefix, self.struct, self.code = fields, prefix, struct, code

    def __getitem__(self, name: str) -> Any:
        return super().__getitem__(name.lower())

    def __contains__(self, name: object) -> bool:
        return super().__contains__(str(name).lower())

    def get(self, name: str, default: Any = None) -> Any:
        """A field as it came."""
        return super().get(name.lower(), default)

    @classmethod
    def read(cls, body: bytes, prefix: str, struct: str, code: str) -> Body:
        """The object that a request brought; null is an empty one.

        Raises:
            Fault: the body is no JSON object.
        """
        try:
            value = decode(body)
        except ValueError as error:
            raise Fault(code, f"{prefix}{error}") from None
        if not isinstance(value, dict | None):
            into = f"Go value of type {struct}" if struct else "Go value"
            raise Fault(code, f"{prefix}json: cannot unmarshal {go_type(value)} into {into}")
        return cls(value or {}, prefix, struct and f"{struct.rpartition('.')[2]}.", code)

    def _typed(self, name: str, value: Any, kinds: tuple[type, ...], wanted: str) -> Any:
        if value is None or type(value) in kinds:  # not isinstance: a bool is no number here
            return value
        raise self._misfit(name, go_type(value), wanted)

    def _misfit(self, name: str, given: str, wanted: str) -> Fault:
        into = f"Go struct field {self.struct}{name}" if name else "Go value"
        text = f"json: cannot unmarshal {given} into {into} of type {wanted}"
        return Fault(self.code, f"{self.prefix}{text}")

    def text(self, name: str, default: str = "") -> str:
        """A text; the default where it is missing or null.

        Raises:
            Fault: it is of another type; so do the other readers.
        """
        value = self._typed(name, self.get(name), (str,), "string")
        return default if value is None else str(value)

    def given(self, *names: str) -> dict[str, str]:
        """Those of several texts that are there."""
        return {name: self.text(name) for name in names if self.get(name) is not None}

    def flag(self, name: str, default: bool = False) -> bool:
        """True or false."""
        value = self._typed(name, self.get(name), (bool,), "bool")
        return default if value is None else bool(value)

    def integer(self, name: str, wanted: str = "int64") -> int | None:
        """A whole number that Go's type can hold."""
        value: int | None = self._typed(name, self.get(name), (int, float), wanted)
        limit = _LIMITS[wanted]
        if value is not None and (isinstance(value, float) or not -limit <= value < limit):
            raise self._misfit(name, f"number {value}", wanted)
        return value

    def number(self, name: str) -> float | None:
        """A number."""
        value: float | None = self._typed(name, self.get(name), (int, float), "float64")
        return value

    def id(self, name: str) -> str | None:
        """An ID; None where it is missing."""
        text = self._typed(name, self.get(name), (str,), "platform.ID")
        try:
            return None if text is None else checked_id(text)
        except IdError as error:
            raise Fault("invalid", f"{self.prefix}{error}") from None

    def object(self, name: str, struct: str = "struct") -> Body:
        """An object; empty where it is missing."""
        return self._nested(name, self.get(name), struct)

    def objects(self, name: str, struct: str = "struct") -> list[Body]:
        """Several objects."""
        return [self._nested(name, item, struct) for item in self.array(name, f"[]{struct}")]

    def _nested(self, name: str, value: Any, struct: str) -> Body:
        fields = self._typed(name, value, (dict,), struct) or {}
        path = f"{self.struct.partition('.')[2]}{name}."
        return Body(fields, self.prefix, f"{struct.rpartition('.')[2]}.{path}", self.code)

    def texts(self, name: str) -> list[str]:
        """Several texts."""
        items = self.array(name, "[]string")
        return [self._typed(name, item, (str,), "string") or "" for item in items]

    def text_map(self, name: str = "") -> dict[str, str]:
        """Texts by names of the client's choice, in a field or as the whole body."""
        value = self.get(name) if name else self.fields
        found = self._typed(name, value, (dict,), "map[string]string") or {}
        return {key: self._typed(name, text, (str,), "string") or "" for key, text in found.items()}

    def array(self, name: str, wanted: str = "array") -> list[Any]:
        """An array; empty where it is missing."""
        return self._typed(name, self.get(name), (list,), wanted) or []


def go_type(value: Any) -> str:
    """What Go's decoder calls a value that does not fit."""
    return _GO_TYPES.get(type(value), "number")
