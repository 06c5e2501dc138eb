"""Documents that hang: what stands before and after a body stays on the line as long as it fits."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.flux.formatting.layout import FLAT_ONLY, NIL, Choice, Doc, Group, join, nest


@dataclass(slots=True)
class Affix:
    """What stands before and after a body; `nested` when the body is indented below it."""

    prefix: Doc
    suffix: Doc = NIL
    nested: bool = True


@dataclass(slots=True)
class Hang:
    """A body within affixes, the innermost first."""

    affixes: list[Affix]
    body: Doc

    def below(self, prefix: Doc, space: Doc = NIL) -> Doc:
        """The document after a prefix of its own, which may leave the rest to the next line."""
        if self.affixes:
            self.affixes[-1].prefix = join(space, self.affixes[-1].prefix)
        else:
            self.body = join(space, self.body)
        return Hang([*self.affixes, Affix(prefix)], self.body).doc()

    def doc(self) -> Doc:
        """The choice of layouts: first all prefixes on one line, then ever fewer of them."""
        around = self.affixes[::-1]
        if not around:
            return self.body
        choice = self._layout(around, [])
        for split in range(len(around) - 1, 0, -1):
            choice = Choice(choice, self._layout(around[:split], around[split:]))
        return choice

    def _layout(self, before: list[Affix], after: list[Affix]) -> Doc:
        alone = len(before) == 1
        bare = not alone and all(affix.prefix == NIL for affix in before)
        # Without a prefix the body would be broken without an indent.
        inner = nest(join(self.body, FLAT_ONLY if bare else NIL))
        inner = join(inner, *(affix.suffix for affix in after))
        for affix in reversed(after):
            inner = join(affix.prefix, inner)
            inner = Group(nest(inner) if affix.nested else inner)
        first = join(*(affix.prefix for affix in before), NIL if alone else FLAT_ONLY)
        return join(Group(first), Group(join(inner, *(affix.suffix for affix in before))))
