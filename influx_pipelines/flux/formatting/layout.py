"""Documents that know where they may be broken, and their layout within a width.

The algebra and its layout are those of Wadler's printer as the real formatter uses it: a group is
laid out flat if it fits, a choice takes its first form unless that runs over the width.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

INDENT = 4
MOST_STEPS = 500_000  # a second's work; a script of 20,000 letters takes a twentieth


class Mark(Enum):
    """A line break, one back to the margin, and what no layout may contain."""

    HARDLINE = 0
    MARGIN = 1
    FAIL = 2


@dataclass(slots=True, eq=False)
class FlatAlt:
    """One form when broken, another when flat."""

    broken: Doc
    flat: Doc


@dataclass(slots=True, eq=False)
class Group:
    """Flat if it fits."""

    doc: Doc


@dataclass(slots=True, eq=False)
class Nest:
    """Indented by one step more."""

    doc: Doc


@dataclass(slots=True, eq=False)
class Choice:
    """The first form that fits."""

    first: Doc
    second: Doc


Doc = str | tuple["Doc", ...] | Mark | FlatAlt | Group | Nest | Choice
NIL: Doc = ()
LINE = FlatAlt(Mark.HARDLINE, " ")
LINE_OR_NOTHING = FlatAlt(Mark.HARDLINE, NIL)
FLAT_ONLY = FlatAlt(Mark.FAIL, NIL)


def join(*docs: Doc) -> Doc:
    """One after the other; nothing stays nothing."""
    found = tuple(doc for doc in docs if doc not in (NIL, ""))
    return found[0] if len(found) == 1 else found


def between(docs: Iterable[Doc], separator: Doc) -> Doc:
    """A separator between each two."""
    parts: list[Doc] = []
    for doc in docs:
        parts += [separator, doc]
    return join(*parts[1:])


def nest(doc: Doc) -> Doc:
    """Indented by one step more."""
    return NIL if doc == NIL else Nest(doc)


class _Cell:
    """A document to lay out and those after it; equal marks mean the same documents."""

    __slots__ = ("doc", "flat", "indent", "mark", "rest")

    def __init__(self, indent: int, flat: bool, doc: Doc, rest: _Cell | None) -> None:
        self.indent, self.flat, self.doc, self.rest = indent, flat, doc, rest
        self.mark: int = hash((id(doc), rest.mark if rest else 0))


class _Layout:
    def __init__(self, width: int) -> None:
        self.width = width
        self.out: list[str] = []
        self.column = self.steps = 0
        self.failed: set[tuple[int, ...]] = set()
        self.next: _Cell | None = None

    def lay_out(self, end: _Cell | None, *, trying: bool) -> bool:
        """Everything up to `end`; a try stops at what runs over the width."""
        while self.next is not end:
            cell = self.next
            assert cell is not None
            self.next, doc = cell.rest, cell.doc
            self.steps += 1
            if self.steps > MOST_STEPS:
                raise ValueError("this script is nested too deeply to be formatted")
            match doc:
                case str():
                    self.out.append(doc)
                    self.column += size(doc)
                    if trying and self.column > self.width:
                        return False
                case tuple():
                    for one in reversed(doc):
                        self._push(cell, one)
                case FlatAlt():
                    self._push(cell, doc.flat if cell.flat else doc.broken)
                case Group():
                    flat = cell.flat or self._fits(doc.doc)
                    self.next = _Cell(cell.indent, flat, doc.doc, self.next)
                case Nest():
                    self.next = _Cell(cell.indent + INDENT, cell.flat, doc.doc, self.next)
                case Choice():
                    self._choose(cell, doc)
                case Mark.FAIL:
                    return False
                case _:
                    self.column = cell.indent if doc is Mark.HARDLINE else 0
                    self.out.append("\n" + " " * self.column)
        return True

    def _push(self, cell: _Cell, doc: Doc) -> None:
        self.next = _Cell(cell.indent, cell.flat, doc, self.next)

    def _choose(self, cell: _Cell, doc: Choice) -> None:
        """What failed once at a place fails there again: without this, time would explode."""
        rest, column, length = self.next, self.column, len(self.out)
        key = (id(doc), cell.indent, cell.flat, column, rest.mark if rest else 0)
        if key not in self.failed:
            self._push(cell, doc.first)
            if self.lay_out(rest, trying=True):
                return
            self.failed.add(key)
        self.next, self.column = rest, column
        del self.out[length:]
        self._push(cell, doc.second)

    def _fits(self, doc: Doc) -> bool:
        """Whether it fits when flat, with what follows up to the next line break."""
        column, rest, flat = self.column, self.next, True
        waiting: list[Doc] = [doc]
        while True:
            if not waiting:
                if rest is None:
                    return True
                flat = False
                waiting, rest = [rest.doc], rest.rest
            match doc := waiting.pop():
                case str():
                    column += size(doc)
                    if column > self.width:
                        return False
                case tuple():
                    waiting.extend(reversed(doc))
                case FlatAlt():
                    waiting.append(doc.flat if flat else doc.broken)
                case Group() | Nest():
                    waiting.append(doc.doc)
                case Choice():
                    waiting.append(doc.second)
                case _:
                    return not flat and doc is not Mark.FAIL


def size(text: str) -> int:
    """The columns of a text: the real formatter counts what a reader sees as one letter as one."""
    if text.isascii():
        return len(text)
    from wcwidth import iter_graphemes  # its tables are for those who need them

    return sum(1 for _ in iter_graphemes(text))


def lay_out(doc: Doc, width: int = 100) -> str:
    """The text of a document, without blanks at the end of lines.

    Raises:
        ValueError: so many choices are nested that it would take too long.
    """
    layout = _Layout(width)
    layout.next = _Cell(0, False, Group(doc), None)
    layout.lay_out(None, trying=False)
    return "\n".join(line.rstrip() for line in "".join(layout.out).split("\n"))
