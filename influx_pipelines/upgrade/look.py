"""Gather the facts: lists of the server, files of the estate, side files of the backups."""

from __future__ import annotations

import re
from collections.abc import Mapping

from influx_pipelines.backups.sets import BackupSet, sets_below
from influx_pipelines.estate.kinds.task import TaskKind
from influx_pipelines.estate.kinds.telegraf import TelegrafKind
from influx_pipelines.estate.ledger import Ledger
from influx_pipelines.estate.model import Estate
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import Forbidden, NotFound, NotSupported, Unauthorized
from influx_pipelines.settings import Settings
from influx_pipelines.upgrade.facts import Backup, Facts, Replication, Script, Version
from influx_pipelines.upgrade.tokens import holdings, look_at_tokens


def look(client: Influx, declared: Estate, ledger: Ledger, settings: Settings) -> Facts:
    """Look; nothing is changed, and no secret is in what comes out.

    Raises:
        InfluxError: the server did not answer.
    """
    known, rights = client.capabilities, client.token_rights()
    tasks = {one.name: one.flux for one in TaskKind.collection.all(client)}
    telegrafs = {one.name: one.config for one in TelegrafKind.collection.all(client)}
    return Facts(
        version=version_of(known.version_text) or (*known.version, 0),
        embedded=known.embedded,
        operator_held=rights.kind == "operator" or _is_for_backups(client, settings),
        tokens=look_at_tokens(client, ledger, holdings(client, ledger, settings)),
        tasks=_scripts(tasks, {n: one.flux for n, one in declared.of("tasks").items()}),
        telegrafs=_scripts(
            telegrafs, {n: one.config for n, one in declared.of("telegraf_configs").items()}
        ),
        replications=_replications(client) if rights.kind != "narrow" else None,
        backups=tuple(map(_backup, sets_below(settings.backups))),
    )


def version_of(text: str) -> Version | None:
    """The numbers of a version; None where there are none."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def _backup(found: BackupSet) -> Backup:
    made_by = found.record.server if found.record else ""
    return Backup(found.name, found.kind == "native", version_of(made_by))


def _scripts(there: Mapping[str, str], declared: Mapping[str, str]) -> tuple[Script, ...]:
    """What an apply will leave: the declared ones, and those of others."""
    return tuple(Script(name, text) for name, text in sorted({**there, **declared}.items()))


def _is_for_backups(client: Influx, settings: Settings) -> bool:
    """Whether the token of the backups is set and an operator token."""
    if settings.backup_token is None:
        return False
    with Influx(
        client.url,
        settings.backup_token.get_secret_value(),
        client.org,
        read_timeout=settings.timeout,
        retry_seconds=settings.retry_seconds,
        verify_ssl=settings.verify_ssl,
        ssl_ca_cert=str(settings.ssl_ca_cert) if settings.ssl_ca_cert else None,
    ) as other:
        return other.token_rights().kind == "operator"


def _replications(client: Influx) -> tuple[Replication, ...] | None:
    """None when our token may not list them; an old server, or the embedded one, has none."""
    try:
        found = client.request("GET", "/api/v2/replications", params={"orgID": client.org_id})
    except (NotSupported, NotFound):
        return ()
    except (Unauthorized, Forbidden):
        return None
    return tuple(
        Replication(str(one.get("name", one["id"])), int(one.get("maxAgeSeconds") or 0))
        for one in found["replications"]
    )
