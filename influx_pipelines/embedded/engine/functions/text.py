"""`strings`: places are byte offsets, lengths count characters, cases are mapped one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError, null_error, plain_error
from influx_pipelines.embedded.engine.registry import define
from influx_pipelines.embedded.engine.values import check_size

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(
    map(chr, range(0x2000, 0x200B))
)


def _upper(char: str) -> str:
    upper = char.upper()
    return upper if len(upper) == 1 else _title(char)


def _title(char: str) -> str:
    title = char.title()
    return title if len(title) == 1 else char


def _lower(char: str) -> str:
    return char.lower()[0]


def _fold(char: str) -> str:
    folded = char.casefold()
    return folded if len(folded) == 1 else _lower(char) if len(char.lower()) == 1 else char


def _each(function: Callable[[str], str]) -> Callable[[str], str]:
    return lambda v: "".join(map(function, v))


def _words(v: str) -> str:
    result, before = "", " "
    for char in v:
        separated = not (before.isalnum() or before == "_") and (
            before.isascii() or before in _SPACE
        )
        result += _title(char) if separated else char
        before = char
    return result


def _pieces(v: str, t: str, n: int = -1, *, keep: bool = False) -> list[str]:
    """At most n pieces, all when it is negative; an empty separator cuts between all characters."""
    if not n:
        return []
    if not t:
        return list(v) if n < 0 else [*v[: n - 1], *([v[n - 1 :]] if v[n - 1 :] else [])]
    pieces = v.split(t, n - 1 if n > 0 else -1)
    return [piece + t for piece in pieces[:-1]] + pieces[-1:] if keep else pieces


def _repeat(v: str, i: int) -> str:
    if i < 0:
        raise plain_error("panic: strings: negative Repeat count")
    check_size(len(v) * i)
    return v * i


def _replace(v: str, t: str, u: str, i: int = -1) -> str:
    count = v.count(t)
    check_size(len(v) + (count if i < 0 else min(i, count)) * len(u))
    return v.replace(t, u, i)


def _join(arr: list[Any], v: str) -> str:
    if None in arr:
        raise null_error()
    if any(not isinstance(text, str) for text in arr):
        raise FluxError("expected an array of strings")
    check_size(sum(map(len, arr)) + len(v) * len(arr))
    return v.join(arr)


def _any_place(v: str, chars: str, *, last: bool = False) -> int:
    places = [place for place, char in enumerate(v) if char in chars]
    return len(v[: places[-1 if last else 0]].encode()) if places else -1


def _of_one(test: Callable[[str], bool]) -> Callable[[str], bool]:
    def call(v: str) -> bool:
        if len(v.encode()) != 1:
            raise plain_error("argument length is not equal to 1")
        return test(v)

    return call


_FUNCTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "v": {
        "isDigit": _of_one(str.isdecimal),
        "isLetter": _of_one(str.isalpha),
        "isLower": _of_one(str.islower),
        "isUpper": _of_one(str.isupper),
        "strlen": len,
        "title": _words,
        "toLower": _each(_lower),
        "toTitle": _each(_title),
        "toUpper": _each(_upper),
        "trimSpace": lambda v: v.strip(_SPACE),
    },
    "v substr": {
        "containsStr": lambda v, substr: substr in v,
        "countStr": str.count,
        "index": lambda v, substr: v.encode().find(substr.encode()),
        "lastIndex": lambda v, substr: v.encode().rfind(substr.encode()),
    },
    "v t": {
        "compare": lambda v, t: (v > t) - (v < t),
        "equalFold": lambda v, t: _each(_fold)(v) == _each(_fold)(t),
        "split": _pieces,
        "splitAfter": lambda v, t: _pieces(v, t, keep=True),
    },
    "v chars": {
        "containsAny": lambda v, chars: any(char in chars for char in v),
        "indexAny": _any_place,
        "lastIndexAny": lambda v, chars: _any_place(v, chars, last=True),
    },
    "v cutset": {"trim": str.strip, "trimLeft": str.lstrip, "trimRight": str.rstrip},
    "v prefix": {"hasPrefix": str.startswith, "trimPrefix": str.removeprefix},
    "v suffix": {"hasSuffix": str.endswith, "trimSuffix": str.removesuffix},
    "v t i": {
        "splitN": _pieces,
        "splitAfterN": lambda v, t, i: _pieces(v, t, i, keep=True),
    },
    "v i": {"repeat": _repeat},
    "v t u": {"replaceAll": _replace},
    "v t u i": {"replace": _replace},
    "arr v": {"joinStr": _join},
}
_SUBSTRING = {"substring": lambda v, start, end: v[max(start, 0) : max(end, 0)]}
define("strings", _FUNCTIONS, str, i=int, arr=list)
define("strings", {"v start end": _SUBSTRING}, str, null="panic", start=int, end=int)
