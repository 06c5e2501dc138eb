"""What the real parser says of a broken regular expression (those of Rust), found with Python's."""

from __future__ import annotations

import re

_LEADING = r"(?<!\\)(?:\\\\)*"
_UNSUPPORTED = (
    (
        re.compile(_LEADING + r"(\(\?(?:=|!|<=|<!))"),
        "look-around, including look-ahead and look-behind, is not supported",
    ),
    (re.compile(_LEADING + r"(\\[0-9])"), "backreferences are not supported"),
)
# How Python's text begins, the text there, and how many letters it points at.
_BROKEN = (
    ("missing ), unterminated subpattern", "unclosed group", 1),
    ("unbalanced parenthesis", "unopened group", 1),
    ("unterminated character set", "unclosed character class", 1),
    ("nothing to repeat", "repetition operator missing expression", 1),
    ("bad character range", "invalid character class range, the start must be <= the end", 3),
    ("bad escape", "unrecognized escape sequence", 2),
)
# What the two read differently is left to the engine, which judges when it runs.
_DIFFERENT = re.compile(r"\[\[|--|&&|~~|\|\||\\[pPz]|[$^][*+?]|-\\|\\[dswDSWpP]-")

# Braces outside of classes: there they are always a count, Python takes others as they are.
_BRACES = re.compile(
    r"\\[pPxuU]\{|\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|(\{([0-9]*)(?:,([0-9]*))?(\}?))", re.DOTALL
)


def check(pattern: str) -> str:
    """The pattern.

    Raises:
        ValueError: it is broken.
    """
    for unsupported, text in _UNSUPPORTED:
        if found := unsupported.search(pattern):
            raise ValueError(_shown(pattern, text, *found.span(1)))
    for braces in _BRACES.finditer(pattern):
        if braces[1] and (text := _miscounted(pattern, braces)):
            start = braces.start() + text.startswith("repetition quantifier")
            raise ValueError(_shown(pattern, text, start, start + 1))
    if _DIFFERENT.search(pattern):
        return pattern
    try:
        re.compile(pattern)
    except re.error as error:
        for said, text, size in _BROKEN:
            if error.msg.startswith(said) and error.pos is not None:
                raise ValueError(_shown(pattern, text, error.pos, error.pos + size)) from None
    except (RecursionError, OverflowError):
        raise ValueError("compiled too big") from None
    return pattern


def _miscounted(pattern: str, braces: re.Match[str]) -> str:
    _, least, most, end = braces.groups()
    if pattern[: braces.start()].endswith(("(", "|")) or not braces.start():
        return "repetition operator missing expression"
    if not least and braces[1] != pattern[braces.start() :]:
        return "repetition quantifier expects a valid decimal"
    if not end:
        return "unclosed counted repetition"
    late = most and int(least) > int(most)
    return "invalid repetition count range, the start must be <= the end" if late else ""


def _shown(pattern: str, text: str, start: int, end: int) -> str:
    """The picture with marks below the pattern, robbed of its lines as the parser does it."""
    picture, lines, numbered = "", pattern.removesuffix("\n").split("\n"), "\n" in pattern
    for number, line in enumerate(lines, 1):
        margin = f"{number:>{len(str(len(lines)))}}: " if numbered else "    "
        picture += f"{margin}{line}\n"
        if 0 <= start <= len(line):
            picture += " " * (len(margin) + start) + "^" * (end - start) + "\n"
        start, end = start - len(line) - 1, end - len(line) - 1
    rule = f"{'~' * 79}\n" if numbered else ""
    picture = f"regex parse error:\n{rule}{picture}{rule}error: {text}"
    return picture.replace("\n", "").replace("    ", " ").replace("^", "")
