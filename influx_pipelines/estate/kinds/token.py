"""API tokens. Their rights never change on the server: another token takes the place of one."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.kinds.declared import DeclaredKind, Reference
from influx_pipelines.estate.kinds.kind import Doing, Look, Step
from influx_pipelines.estate.ownership import MARKER, marked
from influx_pipelines.estate.tokens import rotation
from influx_pipelines.estate.tokens.entry import TokenEntry, seconds
from influx_pipelines.estate.tokens.record import TokenRecord
from influx_pipelines.estate.tokens.rights import Right, rights_of
from influx_pipelines.estate.tokens.store import TokenStore
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Forbidden, Unauthorized
from influx_pipelines.influx.models import Authorization

_OURS = re.compile(r"([A-Za-z0-9][A-Za-z0-9._-]*):(?: .*)? " + re.escape(MARKER), re.DOTALL)


def name_of(token: Authorization, records: Mapping[str, TokenRecord]) -> str | None:
    """The declared name of a token of ours: by its ID, else by its description."""
    for name, record in records.items():
        if token.id in (record.id, record.publishing) or token.id in record.retired:
            return name
    found = _OURS.fullmatch(token.description)
    return found[1] if found else None


class TokenKind(DeclaredKind[TokenEntry]):
    """Ours by the marker, and by the ledger, which also knows whose secret was published."""

    name, key = "token", "tokens"
    about = "API tokens; their secrets go to files of mode 0600, or to a command."
    entry = TokenEntry

    def identity(self, name: str) -> str:
        """Names are names of files, too."""
        return name.lower()

    def references(self, entry: TokenEntry) -> Iterable[Reference]:
        """The buckets of its rights."""
        for number, right in enumerate(entry.permissions):
            for index, bucket in enumerate(right.buckets):
                yield Reference("bucket", bucket, ("permissions", number, "buckets", index))

    def observe(self, client: Influx) -> tuple[Authorization, ...] | None:
        """All of the organisation; None when our token may not list them."""
        try:
            return client.tokens()
        except (Unauthorized, Forbidden):
            return None

    # ------------------------------------------------------------------ planning

    def steps(self, look: Look) -> Iterator[Step]:
        """What to do about each that is declared, and about each of ours that is not."""
        there, records = look.observed.others.get(self.name), look.ledger.tokens
        entries: Mapping[str, TokenEntry] = look.declared.of(self.key)
        ours: dict[str, list[Authorization]] = defaultdict(list)
        for token in there or ():
            if name := name_of(token, records):
                ours[name].append(token)
        for name, entry in entries.items():
            if there is None:
                text = "our token may not read tokens: give it that right"
                yield Finding(self.name, name, "conflict", text)
            else:
                yield from self._declared(entry, ours[name], look)
        for name in sorted(ours.keys() - entries.keys()):
            for token in ours[name]:
                yield self._undeclared(name, token, look.prune)

    def _declared(
        self, entry: TokenEntry, found: list[Authorization], look: Look
    ) -> Iterator[Step]:
        record = look.ledger.tokens.get(entry.name, TokenRecord())
        published = [token for token in found if not record.is_stray(token.id)]
        current = next((token for token in published if token.id == record.id), None)
        step = self._current(entry, current, bool(published), record, look)
        if step is not None:
            yield step
        replaced = step is not None and step.action == "replace"
        for token in found:
            until = record.retired.get(token.id)
            if record.is_stray(token.id) or (until is not None and until <= look.now):
                yield Change(self.name, entry.name, "delete", id=token.id)
            elif token is not current and until is None and not replaced:
                yield self._undeclared(entry.name, token, look.prune)

    def _current(
        self,
        entry: TokenEntry,
        current: Authorization | None,
        is_there: bool,
        record: TokenRecord,
        look: Look,
    ) -> Change | None:
        """What to do about the one whose secret is published."""
        place = look.declared.place(self.key, entry.name)
        rights = entry.rights(look.declared.buckets.values())
        after: dict[str, Any] = {
            "description": marked(f"{entry.name}: {entry.description}".strip()),
            "permissions": rights,
        }
        if not is_there:
            return Change(self.name, entry.name, "create", after=after, place=place)
        names = {bucket.id: bucket.name for bucket in look.observed.buckets}
        present = rights_of(current, names) if current else []
        if why := _why_replaced(entry, current, record, look, present != rights):
            after |= {"grace": entry.grace, "why": why}
            before = {"permissions": present} if current else {}
            return Change(
                self.name, entry.name, "replace", before, after, id=record.id, place=place
            )
        assert current is not None
        return self._updated(entry.name, current, after["description"], place)

    def _updated(
        self, name: str, current: Authorization, description: str, place: str
    ) -> Change | None:
        wanted = {"description": description, "status": "active"}
        present = {"description": current.description, "status": current.status}
        after = {key: value for key, value in wanted.items() if present[key] != value}
        before = {key: present[key] for key in after}
        if not after:
            return None
        return Change(self.name, name, "update", before, after, id=current.id, place=place)

    def _undeclared(self, name: str, token: Authorization, prune: bool) -> Step:
        if prune:
            loss = f"the token {name} ({token.id}): whoever uses it gets 401"
            return Change(self.name, name, "delete", loses_data=loss, id=token.id)
        text = f"the token {token.id} is ours, but not declared; `--prune` deletes it"
        return Finding(self.name, name, "undeclared", text)

    # ------------------------------------------------------------------ doing

    def needs(self, change: Change) -> Collection[tuple[str, str]]:
        """The buckets of its rights."""
        rights = map(Right.parse, change.after.get("permissions", ()))
        return {("bucket", right.bucket) for right in rights if right.bucket}

    def do(self, change: Change, doing: Doing) -> None:
        """Another token is made and published before the old one goes."""
        if change.action == "delete":
            rotation.delete(change.name, change.id, doing)
        elif change.action == "update":
            doing.client.change_token(change.id, change.after)
        else:
            rotation.make(change, doing, lambda token: name_of(token, doing.ledger.tokens))


def _why_replaced(
    entry: TokenEntry,
    current: Authorization | None,
    record: TokenRecord,
    look: Look,
    rights_differ: bool,
) -> str:
    """Why another token must take the place of one; empty when it need not."""
    if current is None and record.id:
        return "the one in use is gone from the server"
    if current is None:
        return "no record of its secret is here"
    if not TokenStore.beside(look.ledger).holds(entry.name, record.store):
        return "its secret is not in the store"
    if record.publishing:
        return "its rotation was broken off"
    if rights_differ:
        return "its rights differ"
    if record.due:
        return "somebody asked for it"
    if entry.rotate_every and look.now - record.made >= seconds(entry.rotate_every):
        return f"it is older than {entry.rotate_every}"
    return ""
