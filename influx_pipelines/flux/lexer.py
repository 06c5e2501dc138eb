"""From the text of a script to tokens.

One regular expression finds them; three things need their surroundings and are settled here, so
that the grammar is LALR(1): a slash begins a regular expression unless a value stands before it, a
parenthesis whose partner is followed by `=>` begins a parameter list, and a brace after `=>`
begins a block. Strings are scanned by hand since an interpolation may hold strings again.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator
from dataclasses import dataclass

DEEPEST = 150
UNITS = "ns|us|µs|μs|ms|mo|y|w|d|h|m|s"
KEYWORDS = frozenset(
    [
        "and",
        "or",
        "not",
        "exists",
        "if",
        "then",
        "else",
        "import",
        "package",
        "return",
        "option",
        "testcase",
        "extends",
        "with",
    ]
)

_TOKEN = re.compile(
    rf"""
      (?P<SPACE>\s+|//[^\n]*)
    | (?P<DATETIME>\d{{4}}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[-+]\d\d:\d\d))?)
    | (?P<DURATION>(?:\d+(?:{UNITS}))+)
    | (?P<FLOAT>\d+\.\d*|\.\d+)
    | (?P<INTEGER>0|[1-9]\d*)
    | (?P<NAME>[^\W\d]\w*)
    | (?P<OPERATOR>=>|<-|\|>|==|!=|<=|>=|=~|!~|[-+*/%^<>=.,:(){{}}\[\]])
    """,
    re.VERBOSE,
)

_NAMES = {
    "=>": "ARROW",
    "<-": "PIPE_RECEIVE",
    "|>": "PIPE",
    "==": "COMPARE",
    "!=": "COMPARE",
    "<=": "COMPARE",
    ">=": "COMPARE",
    "=~": "COMPARE",
    "!~": "COMPARE",
    "<": "COMPARE",
    ">": "COMPARE",
    "+": "SIGN",
    "-": "SIGN",
    "*": "TIMES",
    "/": "TIMES",
    "%": "TIMES",
    "^": "POWER",
    "=": "ASSIGN",
    ".": "DOT",
    ",": "COMMA",
    ":": "COLON",
    "(": "LPAREN",
    ")": "RPAREN",
    "{": "LBRACE",
    "}": "RBRACE",
    "[": "LSQUARE",
    "]": "RSQUARE",
}
# After one of these a slash divides; after anything else it begins a regular expression.
_VALUES = frozenset(
    [
        "NAME",
        "STRING",
        "STRING_END",
        "INTEGER",
        "FLOAT",
        "DURATION",
        "DATETIME",
        "REGEXP",
        "RPAREN",
        "RBRACE",
        "RSQUARE",
    ]
)
_REGEXP = re.compile(r"/((?:[^/\\\n]|\\.)+)/")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}


class FluxSyntaxError(ValueError):
    """A script that does not parse; line and column count from one."""

    def __init__(self, message: str, line: int, column: int) -> None:
        super().__init__(f"{line}:{column}: {message}")
        self.message = message
        self.line = line
        self.column = column


@dataclass(slots=True)
class Lexeme:
    """A token: its kind, its text (for strings the resolved one), first and last offset."""

    kind: str
    text: str
    start: int
    end: int


class Lexer:
    """The tokens of one script."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._lines = [0, *(match.end() for match in re.finditer("\n", source))]

    def position(self, offset: int) -> tuple[int, int]:
        """Line and column of an offset, both from one."""
        line = bisect.bisect_right(self._lines, offset)
        return line, offset - self._lines[line - 1] + 1

    def error(self, message: str, offset: int) -> FluxSyntaxError:
        """The error for that place."""
        return FluxSyntaxError(message, *self.position(offset))

    def tokens(self) -> list[Lexeme]:
        """All tokens, with parameter lists and blocks told apart.

        Raises:
            FluxSyntaxError: for text that is no token, an open string, or too deep a nesting.
        """
        found = list(self._scan(0, nested=False))
        self._mark_parameter_lists(found)
        return found

    def _scan(self, offset: int, *, nested: bool) -> Iterator[Lexeme]:
        before = ""
        depth = 0
        while offset < len(self.source):
            letter = self.source[offset]
            if letter == '"':
                for token in self._string(offset):
                    yield token
                    before, offset = token.kind, token.end
                continue
            if (
                letter == "/"
                and before not in _VALUES
                and self.source[offset + 1 : offset + 2] != "/"
            ):
                token = self._regexp(offset)
            else:
                token = self._plain(offset)
            offset = token.end
            if token.kind == "SPACE":
                continue
            depth += {"LBRACE": 1, "RBRACE": -1}.get(token.kind, 0)
            if nested and depth < 0:
                yield Lexeme("INTERPOLATION_END", "}", token.start, token.end)
                return
            yield token
            before = token.kind
        if nested:
            raise self.error("an interpolation is not closed, expected }", offset)

    def _plain(self, offset: int) -> Lexeme:
        match = _TOKEN.match(self.source, offset)
        if match is None:
            raise self.error(f"unexpected character {self.source[offset]!r}", offset)
        kind, text = match.lastgroup or "", match[0]
        if kind == "OPERATOR":
            kind = _NAMES[text]
        elif kind == "NAME" and text in KEYWORDS:
            kind = text.upper()
        return Lexeme(kind, text, offset, match.end())

    def _regexp(self, offset: int) -> Lexeme:
        match = _REGEXP.match(self.source, offset)
        if match is None:
            raise self.error("a regular expression is not closed, expected /", offset)
        return Lexeme("REGEXP", match[1].replace("\\/", "/"), offset, match.end())

    def _string(self, start: int) -> Iterator[Lexeme]:
        """One STRING, or the pieces of an interpolated one."""
        text: list[str] = []
        begun = False
        piece = offset = start + 1
        while True:
            letter = self.source[offset : offset + 1]
            if letter == "":
                raise self.error("a string is not closed", start)
            if letter == '"':
                break
            if letter == "\\":
                resolved, offset = self._escape(offset)
                text.append(resolved)
            elif self.source.startswith("${", offset):
                if not begun:
                    yield Lexeme("STRING_BEGIN", '"', start, start + 1)
                    begun = True
                if text:
                    yield Lexeme("TEXT", "".join(text), piece, offset)
                yield Lexeme("INTERPOLATION", "${", offset, offset + 2)
                for token in self._scan(offset + 2, nested=True):
                    yield token
                    offset = token.end
                text, piece = [], offset
            else:
                text.append(letter)
                offset += 1
        if not begun:
            yield Lexeme("STRING", "".join(text), start, offset + 1)
            return
        if text:
            yield Lexeme("TEXT", "".join(text), piece, offset)
        yield Lexeme("STRING_END", '"', offset, offset + 1)

    def _escape(self, offset: int) -> tuple[str, int]:
        letter = self.source[offset + 1 : offset + 2]
        if letter in _ESCAPES:
            return _ESCAPES[letter], offset + 2
        if self.source.startswith("${", offset + 1):
            return "${", offset + 3
        if letter == "x":
            return self._bytes(offset)
        raise self.error(f"invalid escape character {letter}", offset)

    def _bytes(self, offset: int) -> tuple[str, int]:
        r"""A stretch of `\xHH`: together they are UTF-8."""
        match = re.compile(r"(?:\\x[0-9a-fA-F]{2})+").match(self.source, offset)
        if match is None:
            raise self.error(r"expected two hexadecimal digits after \x", offset)
        try:
            return bytes.fromhex(match[0].replace("\\x", "")).decode(), match.end()
        except UnicodeDecodeError:
            raise self.error(r"\x escapes that are not UTF-8", offset) from None

    def _mark_parameter_lists(self, tokens: list[Lexeme]) -> None:
        open_ones: list[Lexeme] = []
        for index, token in enumerate(tokens):
            follower = tokens[index + 1].kind if index + 1 < len(tokens) else ""
            if token.kind in ("LPAREN", "LBRACE", "LBLOCK", "LSQUARE", "INTERPOLATION"):
                open_ones.append(token)
                if len(open_ones) > DEEPEST:
                    raise self.error(f"nested deeper than {DEEPEST}", token.start)
            elif token.kind in ("RPAREN", "RBRACE", "RSQUARE", "INTERPOLATION_END") and open_ones:
                opened = open_ones.pop()
                if opened.kind == "LPAREN" and follower == "ARROW":
                    opened.kind = "LPARAMETERS"
            if token.kind == "ARROW" and follower == "LBRACE":
                tokens[index + 1].kind = "LBLOCK"
