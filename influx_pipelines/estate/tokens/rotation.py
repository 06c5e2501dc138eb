"""Making a token, and putting it in the place of another: create, publish, wait, delete.

The ledger is written before each step that cannot be taken back, so that whoever comes after a
crash knows which token nobody has the secret of.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from influx_pipelines.estate.changes import Change
from influx_pipelines.estate.kinds.kind import Doing
from influx_pipelines.estate.tokens.entry import seconds
from influx_pipelines.estate.tokens.record import TokenRecord
from influx_pipelines.estate.tokens.rights import Right
from influx_pipelines.estate.tokens.store import StoreError, TokenStore
from influx_pipelines.influx.errors import Forbidden, InfluxError, NotFound, Unauthorized
from influx_pipelines.influx.models import Authorization
from influx_pipelines.influx.tokens import NewToken

NameOf = Callable[[Authorization], str | None]


def make(change: Change, doing: Doing, name_of: NameOf) -> None:
    """Make a token and publish its secret; the old ones of its name still work for the grace.

    Raises:
        InfluxError: the server refused it, or its secret could not be published; then the new
            token is deleted again, and the old one goes on.
    """
    ledger, name = doing.ledger, change.name
    store = TokenStore.beside(ledger, doing.token_command)
    before = ledger.tokens.get(name, TokenRecord())
    there = [one.id for one in doing.client.tokens() if name_of(one) == name]
    ledger.change_token(name, lambda record: replace(record, known=there))
    made = _create(change, doing, name_of, there)
    ledger.change_token(name, lambda record: replace(record, known=None, publishing=made.token.id))
    try:
        store.publish(name, made.secret)
    except StoreError as error:
        doing.client.delete_token(made.token.id)
        ledger.change_token(name, lambda record: before)
        text = f"The secret of the token {name} could not be published: {error}. The new token "
        raise InfluxError(text + "was deleted again; what was there before is unchanged.") from None
    now = time.time()
    until = now + seconds(change.after.get("grace", "0s"))
    retired = {id: before.retired.get(id, until) for id in there}
    new = TokenRecord(made.token.id, now, store.kind, retired=retired)
    ledger.change_token(name, lambda record: new)


def _create(change: Change, doing: Doing, name_of: NameOf, there: list[str]) -> NewToken:
    client = doing.client
    ids = {bucket.name: bucket.id for bucket in client.buckets()}
    try:
        permissions = [
            Right.parse(text).permission(client.org_id, ids) for text in change.after["permissions"]
        ]
    except KeyError as error:
        raise NotFound(f"There is no bucket {error} on {client.url}.", status=404) from None

    def discard() -> None:
        """An answer was lost: what it told of is a token whose secret nobody knows."""
        for token in client.tokens():
            if token.id not in there and name_of(token) == change.name:
                client.delete_token(token.id)

    made = client.create_token(change.after["description"], permissions, discard)
    try:
        client.token(made.token.id)
    except InfluxError as error:
        client.delete_token(made.token.id)
        if not isinstance(error, NotFound | Unauthorized | Forbidden):
            raise
        text = "Our token may make tokens, but not read them: then each apply would make another "
        raise Forbidden(text + "one. Give it the right to read authorizations.") from None
    return made


def delete(name: str, id: str, doing: Doing) -> None:
    """Delete a token; with the one in use its secret goes, too."""
    doing.client.delete_token(id)
    record = doing.ledger.tokens.get(name)
    if record is None:
        return
    if record.id == id:
        TokenStore.beside(doing.ledger).forget(name)
    doing.ledger.change_token(name, lambda found: _without(found, id))


def _without(record: TokenRecord, id: str) -> TokenRecord | None:
    """The record without a token that is gone; None when nothing is left to know."""
    retired = {key: until for key, until in record.retired.items() if key != id}
    known = None if record.is_stray(id) else record.known
    left = replace(record, retired=retired, known=known)
    if record.id == id:
        left = replace(left, id="", made=0.0)
    return left if left.id or left.retired or left.publishing else None
