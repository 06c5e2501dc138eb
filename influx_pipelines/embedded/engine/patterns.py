"""Regular expressions of Go (RE2) as Python's, refusing what the two read differently."""

from __future__ import annotations

import re
from collections.abc import Iterator
from weakref import WeakKeyDictionary

from influx_pipelines.embedded.engine.errors import FluxError, not_supported

_TOKEN = re.compile(
    r"(?P<escape>\\.)"
    r"|(?P<class>\[\^?\]?(?:\\.|\[:\^?\w+:\]|[^\]\\])*\])"
    r"|(?P<group>\((?:\?[^:)>]*[:)>]?)?)"
    r"|(?P<repeat>(?:[*+?]|\{\d+(?:,\d*)?\})\??)"
    r"|(?P<other>.)",
    re.DOTALL,
)
_SPACES = r"\t\n\f\r "  # Python's `\s` has the vertical tab too
_ESCAPES = {r"\z": r"\Z", r"\s": f"[{_SPACES}]", r"\S": f"[^{_SPACES}]"}
_KNOWN_ESCAPES = "afnrtvdDwWbBAx"
_REFUSED_ESCAPES = "pPQC01234567"
_NO_CLASS = r"\[|--|&&|~~|\|\||\\[bBAz]|\\[dDwWsS]-[^]]"  # what the two read differently
_MARK = r"(?:\\[./]|[,:;/= ])"
_WORD = r"(?:(?:\\[dw]|\w|\[(?:\\[dw]|[\w-])+\])(?:[*+?]|\{[\d,]+\})?)+"
_DELIMITED = re.compile(f"{_MARK}{_WORD}|{_WORD}{_MARK}", re.ASCII)  # it ends where the mark stands
_VARYING = "a group that matches in several ways"
_FAULTS = ("missing )", "unbalanced parenthesis", "bad character range")
_sources: WeakKeyDictionary[re.Pattern[str], str] = WeakKeyDictionary()


def _fault(reason: str, text: str) -> FluxError:
    return FluxError(f"error parsing regexp: {reason}: `{text}`")


def _refusal(text: str) -> FluxError:
    return not_supported(f"the regular expression /{text}/")


def compile_pattern(text: str) -> re.Pattern[str]:
    r"""A pattern; `\d`, `\w`, `\s`, `\b` mean ASCII and `$` the very end, as in RE2.

    Raises:
        FluxError: it is no pattern, or one that this server would read wrongly.
    """
    source = "".join(_translated(text))
    if re.match(r"\(\?\w*i", source) and not text.isascii():
        raise _refusal(text)  # only there are capitals of other alphabets folded
    try:
        pattern = re.compile(source, re.ASCII)
    except re.error as error:
        raise _fault(error.msg, text) if error.msg.startswith(_FAULTS) else _refusal(text) from None
    _sources[pattern] = text
    return pattern


def source_of(pattern: re.Pattern[str]) -> str:
    """The pattern as it was written."""
    return _sources.get(pattern, pattern.pattern)


def _translated(text: str) -> Iterator[str]:
    last, begins, varies = "(", [0], [False]  # of each open group; can it match in several ways?
    multiline = re.match(r"\(\?\w*m", text) is not None
    for found in _TOKEN.finditer(text):
        kind, token = found.lastgroup or "", found[0]
        if kind == "repeat":
            _check_repeat(token, last, text)
            varies[-1] |= token[0] in "*+?" or "," in token
        elif token == "|":
            varies[-1] = True
        elif kind == "group" and not token.endswith(")"):
            begins.append(found.end())
            varies.append(False)
        last = kind if kind == "repeat" else token
        if token == ")" and len(varies) > 1:
            inner, varying = text[begins.pop() : found.start()], varies.pop()
            varies[-1] |= varying
            last = _VARYING if varying and not _DELIMITED.fullmatch(inner) else token
        yield _one(kind, token, text, found.start(), multiline=multiline)


def _check_repeat(token: str, last: str, text: str) -> None:
    if last == "repeat":
        raise _fault("invalid nested repetition operator", text)
    if last == _VARYING and not re.fullmatch(r"\?\??|\{(?:\d?,)?\d\}\??", token):
        raise _refusal(text)  # Python could try for ever
    if last == "|" or (last.startswith("(") and not last.endswith(")")):
        raise _fault("missing argument to repetition operator", text)
    if re.search(r"[1-9]\d{4}|[2-9]\d{3}|1[1-9]\d\d|10[1-9]\d|100[1-9]", token):
        raise _fault("invalid repeat count", text)


def _one(kind: str, token: str, text: str, start: int, *, multiline: bool) -> str:
    """One token in Python's words."""
    if kind == "escape":
        return _ESCAPES.get(token) or _escape(token, text)
    if kind == "class":
        if re.search(_NO_CLASS, token[1:]):
            raise _refusal(text)
        for escape in re.findall(r"\\.", token, re.DOTALL):
            _escape(escape, text)
        return re.sub(r"\\s", lambda _: _SPACES, token)
    if kind == "group" and token != "(":
        return _group(token, text, start)
    if token in "\\[" and kind == "other":
        raise _fault("missing closing ]" if token == "[" else "trailing backslash", text)
    if token == "{":
        return r"\{"
    return r"\Z" if token == "$" and not multiline else token


def _escape(token: str, text: str) -> str:
    if token[1] in _REFUSED_ESCAPES:
        if token[1] in "123456789" and not re.search(r"\\[1-7][0-7]", text):
            raise _fault("invalid escape sequence", text)
        raise _refusal(text)
    if (token[1].isalnum() and token[1] not in _KNOWN_ESCAPES) or not token.isascii():
        raise _fault("invalid escape sequence", text)
    return token


def _group(token: str, text: str, start: int) -> str:
    if named := re.fullmatch(r"\(\?P?(<\w+>)", token, re.ASCII):
        return f"(?P{named[1]}"
    if re.fullmatch(r"\(\?[ims]*-?[ims]*:", token) or (
        start == 0 and re.fullmatch(r"\(\?[ims]+\)", token)
    ):
        return token
    if re.fullmatch(r"\(\?[imsU-]+[:)]", token):
        raise _refusal(text)
    raise _fault("invalid or unsupported Perl syntax", text)
