"""`regexp`: matches are found and replaced as Go does it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError, plain_error
from influx_pipelines.embedded.engine.patterns import compile_pattern, source_of
from influx_pipelines.embedded.engine.registry import define
from influx_pipelines.embedded.engine.values import check_size

Pattern = re.Pattern[str]
# `$1`, `$name`, `${name}`, the longest name that fits; `$$` is a dollar.
_REFERENCE = re.compile(r"\$(?:(\$|\w+)|\{(\w+)\})")


def _compiled(v: str) -> Pattern:
    try:
        return compile_pattern(v)
    except FluxError as error:
        raise plain_error(error.message) if error.code == "invalid" else error from None


def _matches(pattern: Pattern, text: str) -> Iterator[re.Match[str]]:
    """All matches; an empty one right after another does not count."""
    place, end = 0, -1
    while place <= len(text) and (found := pattern.search(text, place)):
        if found.end() > found.start() or found.start() != end:
            yield found
        end = found.end()
        place = end if end > found.start() else end + 1


def _find(r: Pattern, v: str) -> str:
    found = r.search(v)
    return found[0] if found else ""


def _place(r: Pattern, v: str) -> list[int]:
    found = r.search(v)
    return [len(v[:at].encode()) for at in found.span()] if found else []


def _expand(found: re.Match[str], template: str) -> str:
    texts = {str(number): text for number, text in enumerate((found[0], *found.groups()))}
    texts |= {"$": "$", **found.groupdict()}
    return _REFERENCE.sub(lambda reference: texts.get(reference[1] or reference[2]) or "", template)


def _replace(r: Pattern, v: str, t: str) -> str:
    parts, end = [], 0
    for found in _matches(r, v):
        parts += [v[end : found.start()], _expand(found, t)]
        end = found.end()
    check_size(sum(map(len, parts)) + len(v))
    return "".join([*parts, v[end:]])


def _split(r: Pattern, v: str, i: int) -> list[str]:
    """At most i pieces, all when it is negative."""
    if not i:
        return []
    if r.pattern and not v:
        return [""]
    pieces: list[str] = []
    begin = end = 0
    for found in _matches(r, v):
        if i > 0 and len(pieces) == i - 1:
            break
        end = found.start()
        if found.end():
            pieces.append(v[begin:end])
        begin = found.end()
    return pieces if end == len(v) else [*pieces, v[begin:]]


_FUNCTIONS: dict[str, dict[str, Callable[..., Any]]] = {
    "r": {"getString": source_of},
    "r v": {
        "findString": _find,
        "findStringIndex": _place,
        "matchRegexpString": lambda r, v: r.search(v) is not None,
    },
    "r v t": {"replaceAllString": _replace},
    "r v i": {"splitRegexp": _split},
    "v": {
        "compile": _compiled,
        "quoteMeta": lambda v: re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", v),
    },
}
define("regexp", _FUNCTIONS, str, null="invalid", r=re.Pattern, i=int)
