"""From the text of a script to tokens, one at a time: what a token is depends on the parser.

A slash divides or begins a regular expression, and text within an interpolated string is not made
of tokens. Whatever is no token is ILLEGAL, one letter of it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import takewhile
from unicodedata import category

from influx_pipelines.flux.ast import Position

_OPERATORS = {
    "+": "ADD",
    "-": "SUB",
    "*": "MUL",
    "/": "DIV",
    "%": "MOD",
    "^": "POW",
    "==": "EQ",
    "<": "LT",
    ">": "GT",
    "<=": "LTE",
    ">=": "GTE",
    "!=": "NEQ",
    "=~": "REGEXEQ",
    "!~": "REGEXNEQ",
    "=": "ASSIGN",
    "=>": "ARROW",
    "<-": "PIPE_RECEIVE",
    "(": "LPAREN",
    ")": "RPAREN",
    "[": "LBRACK",
    "]": "RBRACK",
    "{": "LBRACE",
    "}": "RBRACE",
    ":": "COLON",
    "|>": "PIPE_FORWARD",
    ",": "COMMA",
    ".": "DOT",
    '"': "QUOTE",
    "?": "QUESTION_MARK",
}
# `with` and `extends` are names.
_KEYWORDS = "and or not import package return option builtin testcase if then else exists"
_WORDS = {**_OPERATORS, **{word: word.upper() for word in _KEYWORDS.split()}}
# A dollar takes the next letter with it, be it a backslash: `$\"` ends a string.
_TEXT = r'(?:[^"\\$]++|\\(?:[nrt\\"]|\$\{|x[0-9a-fA-F]{2})|\$[^{"])'
_DATE = r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]*)?(?:Z|[-+][0-9]{2}:[0-9]{2})?"
_SPACE = re.compile(r"[ \t\n\v\f\r]*")
_TOKEN = re.compile(
    rf"""
      (?P<IDENT>[^\W\d]\w*)
    | (?P<COMMENT>//[^\n]*\n?)
    | (?P<TIME>{_DATE}(?:T{_CLOCK})?)
    | (?P<DURATION>(?:[0-9]+(?:y|mo|w|d|h|ms|m|s|us|µs|ns))+)
    | (?P<FLOAT>[0-9]+\.[0-9]*|\.[0-9]+)
    | (?P<INT>[0-9]+)
    | (?P<STRING>"{_TEXT}*+\$?")
    | (?P<OPERATOR>=>|==|=~|!=|!~|<-|<=|>=|\|>|[-+*/%^<>=()\[\]{{}}:,."?])
    | (?P<ATTRIBUTE>@[^\W\d]\w*)
    """,
    re.VERBOSE,
)
_STRING_PART = re.compile(rf'(?P<TEXT>{_TEXT}++|\$(?="))|(?P<STRINGEXPR>\$\{{)|(?P<QUOTE>")')
# What a script may end with and be read as if it were not there: the beginning of a token.
_CUT = re.compile(r"[|!@]\Z")
_CUT_TEXT = re.compile(r"\$\Z")


def _is_letter(letter: str) -> bool:
    """Whether it is a letter of a name; Python counts numbers such as `²` among them."""
    return category(letter) != "No"


@dataclass(slots=True)
class Token:
    """A kind (as the error messages name it), the text, its place and the comments before it."""

    kind: str
    text: str
    offset: int
    at: Position
    end: Position
    comments: list[str]


def is_name(text: str) -> bool:
    """Whether a text is a name, and no word of the language."""
    token = Lexer(text).scan()
    return token.kind == "IDENT" and token.text == text


class Lexer:
    """The tokens of one script."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._ascii = source.isascii()
        self._offset = 0
        self._line = self._column = 1  # the place of the offset

    def scan(self) -> Token:
        """The next token; a slash divides."""
        comments: list[str] = []
        while True:
            self._move(_SPACE.match(self._source, self._offset)[0])  # type: ignore[index]
            match = _TOKEN.match(self._source, self._offset)
            if match is None:
                return self._illegal(_CUT, comments)
            text, kind = match[0], match.lastgroup or ""
            if kind == "IDENT" and not self._ascii:
                text = "".join(takewhile(_is_letter, text))
                if not text:
                    return self._illegal(_CUT, comments)
            if kind != "COMMENT":
                return self._take(_WORDS.get(text, kind), text, comments)
            comments.append(text)
            self._move(text)

    def scan_text(self) -> Token:
        """The next piece of an interpolated string."""
        match = _STRING_PART.match(self._source, self._offset)
        if match is None:
            return self._illegal(_CUT_TEXT, [])
        return self._take(match.lastgroup or "", match[0], [])

    def as_pattern(self, slash: Token) -> Token:
        """The regular expression that a slash, the last token, begins; the slash if it does not."""
        end = self._end_of_pattern(slash.offset)
        if not end:
            return slash
        self._offset = slash.offset
        self._line, self._column = slash.at
        return self._take("REGEX", self._source[slash.offset : end], slash.comments)

    def _end_of_pattern(self, start: int) -> int:
        """After the next slash without a backslash, else after the last one; 0 without any."""
        end = 0
        slash = self._source.find("/", start + 1)
        while slash > 0:
            end = slash + 1
            if self._source[slash - 1] != "\\":
                break
            slash = self._source.find("/", end)
        return end

    def _illegal(self, cut: re.Pattern[str], comments: list[str]) -> Token:
        if cut.match(self._source, self._offset):
            self._move(self._source[self._offset :])
        letter = self._source[self._offset : self._offset + 1]
        return self._take("ILLEGAL" if letter else "EOF", letter, comments)

    def _take(self, kind: str, text: str, comments: list[str]) -> Token:
        offset, at = self._offset, (self._line, self._column)
        self._move(text)
        return Token(kind, text, offset, at, (self._line, self._column), comments)

    def _move(self, text: str) -> None:
        self._offset += len(text)
        if "\n" in text:
            self._line += text.count("\n")
            self._column = 1
            text = text[text.rindex("\n") + 1 :]
        # A lone surrogate is no UTF-8; the real server reads a letter of three bytes in its place.
        size = len(text) if self._ascii else len(text.encode("utf-8", "surrogatepass"))
        self._column += size
