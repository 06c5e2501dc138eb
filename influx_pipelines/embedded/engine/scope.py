"""Names and their values at run time."""

from __future__ import annotations

from typing import Any


class Scope:
    """A scope within a scope; the compiler has made sure that every name is found."""

    __slots__ = ("parent", "values")

    def __init__(self, values: dict[str, Any], parent: Scope | None = None) -> None:
        self.values = values
        self.parent = parent

    def get(self, name: str) -> Any:
        """The value of a name, innermost first."""
        scope: Scope | None = self
        while scope is not None:
            if name in scope.values:
                return scope.values[name]
            scope = scope.parent
        raise KeyError(name)

    def names(self) -> set[str]:
        """Every name that is found."""
        return self.values.keys() | (self.parent.names() if self.parent else set())
