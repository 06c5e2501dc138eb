"""What a full restore would do: it replaces all data, and all tokens."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from pydantic import SecretStr

from influx_pipelines.backups.errors import MissingRights, NotNative
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.backups.restore.inside import Tokens, inside
from influx_pipelines.backups.restore.manifests import entries_of
from influx_pipelines.backups.restore.note import is_broken_off
from influx_pipelines.backups.restore.plan import FullPlan
from influx_pipelines.backups.restore.request import RestoreRefused
from influx_pipelines.backups.sets import BackupSet
from influx_pipelines.influx import paging
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Unauthorized

HASHING = (2, 9)  # the version that keeps hashes of tokens only
NEEDS_TOKEN = (
    "the backup holds its tokens as hashes, so that nobody can go on after the first step without "
    "an operator token of the time of the backup: set INFLUXDB_RESTORE_TOKEN to it, or type it in "
    "when you are asked"
)


def plan_full(client: Influx, backup: BackupSet, ask: Callable[[], SecretStr | None]) -> FullPlan:
    """What it would do to this server.

    Args:
        client: with an operator token of the server as it is.
        backup: of the native kind.
        ask: gives an operator token of the time of the backup, when it is needed.

    Raises:
        RestoreRefused: it is a logical backup.
        InfluxError: the server did not answer.
    """
    if backup.kind == "logical":
        raise RestoreRefused(
            "A logical backup has neither users nor tokens: restore its buckets, and apply the "
            f"estate in {backup.path / 'estate'}."
        )
    tokens = Tokens.of(inside(backup.path))
    broken_off = is_broken_off(client, backup)
    token = ask() if tokens.hashed or broken_off else None
    with client_for_full(client, token, broken_off) as usable:
        refused = _refused(usable, tokens, token)
        gone = () if refused else tuple(_buckets(usable))
        version = usable.capabilities.version_text.removeprefix("v")
        notes = _notes(tokens, usable.capabilities.version >= HASHING, broken_off)
    made = tuple(f"{org}/{name}" for org, name in entries_of(backup.path))
    return FullPlan(version, gone, made, tokens.hashed, broken_off, refused, notes)


def client_for_full(client: Influx, token: SecretStr | None, broken_off: bool) -> Influx:
    """The client; with the token of the backup where a run before has replaced all tokens."""
    if broken_off and token is not None:
        try:
            client.request("GET", "/api/v2/orgs", params={"limit": 1})
        except Unauthorized:
            return client.other(token=token.get_secret_value(), org=client.org)
    return client.other(token=client.transport.token, org=client.org)


def _refused(client: Influx, tokens: Tokens, token: SecretStr | None) -> str:
    try:
        check_native(client)
    except (NotNative, MissingRights) as error:
        return str(error)
    if not tokens.any:
        return (
            "the backup has no operator token: a server without one is open to everybody who "
            "comes first. Restore its buckets instead"
        )
    if tokens.hashed and client.capabilities.version < HASHING:
        return (
            f"the backup is of a server of 2.9 or later, and {client.url} is "
            f"{client.capabilities.version_text}, which refuses it: restore its buckets instead"
        )
    if tokens.hashed and token is None:
        return NEEDS_TOKEN
    if token is not None and not tokens.has(token.get_secret_value()):
        return "the given token is no operator token of the backup: none of its hashes is of it"
    return ""


def _notes(tokens: Tokens, hashes: bool, broken_off: bool) -> tuple[str, ...]:
    found = [
        "all users, passwords and tokens become those of the backup; a token that was made since "
        "is unknown afterwards: INFLUXDB_TOKEN and INFLUXDB_BACKUP_TOKEN too, unless they were "
        "there before",
        "whatever was made or written since the backup is gone",
    ]
    if tokens.hashed:
        found.append("its tokens are hashes: their values are as they were, and shown nowhere")
    elif hashes:
        found.append(
            "its tokens are in clear: the server shows them until its next start, then "
            "keeps hashes of them only"
        )
    else:
        found.append("its tokens are in clear, and so they are on the server")
    if broken_off:
        found.insert(0, "an earlier full restore of this backup was broken off: it is done again")
    return tuple(found)


def _buckets(client: Influx) -> Iterator[str]:
    """All buckets of all organizations but the system's."""

    def orgs(page: Mapping[str, Any]) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = client.request("GET", "/api/v2/orgs", params=page)["orgs"]
        return found

    for org in paging.pages(orgs):
        one = client.other(token=client.transport.token, org=org["name"])
        with one:
            yield from (f"{org['name']}/{b.name}" for b in one.buckets() if b.type != "system")
