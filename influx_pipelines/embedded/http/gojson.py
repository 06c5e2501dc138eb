"""JSON as Go's decoder reads it, errors in its words."""

from __future__ import annotations

import json
import math
import re
from typing import Any, NoReturn

_GO_TYPES = {dict: "object", list: "array", str: "string", bool: "bool"}
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
    text = body.decode("utf-8", "replace").lstrip(" \t\r\n")
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
            return f"invalid character {_shown(text[place + same])} {expected}"
    where = next((w for said, w in _PLACES.items() if error.msg.startswith(said)), None)
    if where is None:  # a comma is missing
        brackets = _QUIET.sub("", text[:place])
        while (shorter := re.sub(r"\[\]|\{\}", "", brackets)) != brackets:
            brackets = shorter
        where = "after array element" if brackets.endswith("[") else "after object key:value pair"
    return f"invalid character {_shown(text[place + ('escape code' in where)])} {where}"


def _shown(character: str) -> str:
    """Go reads bytes: of a longer character it shows the first one."""
    return r"'\''" if character == "'" else repr(chr(character.encode()[0]))


def _common(word: str, text: str) -> str:
    size = next((i for i, c in enumerate(word) if text[i : i + 1] != c), len(word))
    return word[:size]


def go_type(value: Any) -> str:
    """What Go's decoder calls a value that does not fit."""
    return _GO_TYPES.get(type(value), "number")
