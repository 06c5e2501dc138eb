"""Texts: `strings`, `regexp`."""

from __future__ import annotations

import re
from typing import Any

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.engine.patterns import compile_pattern
from influx_pipelines.embedded.engine.registry import builtin


@builtin("strings.toUpper")
def to_upper(v: str) -> str:
    """Capitals."""
    return v.upper()


@builtin("strings.toLower")
def to_lower(v: str) -> str:
    """Small letters."""
    return v.lower()


@builtin("strings.trimSpace")
def trim_space(v: str) -> str:
    """Without white space at the ends."""
    return v.strip()


@builtin("strings.trim")
def trim(v: str, cutset: str) -> str:
    """Without these characters at the ends."""
    return v.strip(cutset)


@builtin("strings.trimPrefix")
def trim_prefix(v: str, prefix: str) -> str:
    """Without this beginning."""
    return v.removeprefix(prefix)


@builtin("strings.trimSuffix")
def trim_suffix(v: str, suffix: str) -> str:
    """Without this end."""
    return v.removesuffix(suffix)


@builtin("strings.hasPrefix")
def has_prefix(v: str, prefix: str) -> bool:
    """Whether it begins so."""
    return v.startswith(prefix)


@builtin("strings.hasSuffix")
def has_suffix(v: str, suffix: str) -> bool:
    """Whether it ends so."""
    return v.endswith(suffix)


@builtin("strings.containsStr")
def contains_str(v: str, substr: str) -> bool:
    """Whether it holds this text."""
    return substr in v


@builtin("strings.replaceAll")
def replace_all(v: str, t: str, u: str) -> str:
    """Every `t` becomes `u`."""
    return v.replace(t, u)


@builtin("strings.split")
def split(v: str, t: str) -> list[str]:
    """Cut at every `t`; an empty one cuts between all characters."""
    return v.split(t) if t else list(v)


@builtin("strings.joinStr")
def join_str(arr: list[Any], v: str) -> str:
    """Texts with `v` between them."""
    return v.join(arr)


@builtin("strings.strlen")
def strlen(v: str) -> int:
    """The number of characters."""
    return len(v)


@builtin("strings.substring")
def substring(v: str, start: int, end: int) -> str:
    """Characters from start to before end, held to the text."""
    return v[max(start, 0) : max(min(end, len(v)), 0)]


@builtin("regexp.compile")
def compile_(v: str) -> re.Pattern[str]:
    """A text as a pattern."""
    try:
        return compile_pattern(v)
    except FluxError as error:
        if error.code == "invalid":  # here the real server panics
            raise FluxError(f"panic: {error.message}", "internal error") from None
        raise


@builtin("regexp.matchRegexpString")
def match_string(r: re.Pattern[str], v: str) -> bool:
    """Whether the pattern is found."""
    return r.search(v) is not None


@builtin("regexp.quoteMeta")
def quote_meta(v: str) -> str:
    """A text as a pattern that matches it."""
    return re.sub(r"([\\.+*?()|\[\]{}^$])", r"\\\1", v)
