"""The words of a plan: changes to do, findings to know of."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import zip_longest
from typing import Any, Literal

Action = Literal["create", "update", "replace", "adopt", "delete"]
LONGEST = 120  # of a value in a table; a plan as JSON has all of it
State = Literal["in use", "conflict", "undeclared", "ignored", "missing", "refused"]


def counted(number: int, kind: str) -> str:
    """`1 bucket`, `2 DBRP mappings`."""
    name = kind.replace("dbrp", "DBRP").replace("_", " ")
    return f"{number} {name}{'' if number == 1 else 's'}"


@dataclass(frozen=True, slots=True)
class Change:
    """One thing to do; `loses_data` says what would be lost, empty for nothing.

    `before` and `after` hold what differs, in the words of the server; `id` is that of the object
    as it is, empty for one to create; `place` is where it is declared.
    """

    kind: str
    name: str
    action: Action
    before: dict[str, Any] = field(default_factory=dict)
    after: dict[str, Any] = field(default_factory=dict)
    loses_data: str = ""
    id: str = ""
    place: str = field(default="", compare=False)

    def row(self) -> dict[str, str]:
        """The change as a row of a table."""
        names = dict.fromkeys([*self.before, *self.after])
        parts = [_difference(n, self.before.get(n), self.after.get(n)) for n in names]
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.action,
            "what": ", ".join(part for part in parts if part),
            "loses": self.loses_data,
        }


def _difference(name: str, before: Any, after: Any) -> str:
    if isinstance(before, dict) and isinstance(after, dict):
        names = (key for key in {**before, **after} if before.get(key) != after.get(key))
        parts = (_difference(f"{name}.{key}", before.get(key), after.get(key)) for key in names)
        return ", ".join(part for part in parts if part)
    if isinstance(after, str) and "\n" in after:
        return f"{name} of {_lines(before if isinstance(before, str) else None, after)}"
    if before is None or before == after:
        return f"{name} {_shown(after)}" if after not in (None, "") else ""
    return f"{name} {_shown(before)}" + (f" → {_shown(after)}" if after is not None else "")


def _shown(value: Any) -> str:
    """A value on one line; scripts are told by how they begin."""
    text = " ".join(str(value).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _lines(before: str | None, after: str) -> str:
    """A script in a few words: how long it is, or the first line that differs."""
    count = f"{len(after.splitlines())} lines"
    if before is None:
        return count
    pairs = zip_longest(before.splitlines(), after.splitlines(), fillvalue="")
    changed = [(old.strip(), new.strip()) for old, new in pairs if old.strip() != new.strip()]
    old, new = changed[0] if changed else ("", "")
    return f"{count}, {len(changed)} of them other, the first: {old} → {new}"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something to know of, which no apply changes."""

    kind: str
    name: str
    state: State
    text: str

    def row(self) -> dict[str, str]:
        """The finding as a row of a table."""
        return {
            "kind": self.kind,
            "name": self.name,
            "action": self.state,
            "what": self.text,
            "loses": "",
        }
