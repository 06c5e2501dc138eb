"""Whether a server gives native backups, and whether our token may take them: asked first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import get_args

from influx_pipelines.backups.errors import MissingRights, NotNative
from influx_pipelines.influx import answers
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import (
    InfluxError,
    NotFound,
    NotInfluxDB,
    NotSupported,
    Unauthorized,
)
from influx_pipelines.influx.retry import retrying
from influx_pipelines.influx.transport import Answer

NO_SHARD = "/api/v2/backup/shards/4000000000"  # whose 404 comes after the look at the rights
OLDEST = (2, 1)
LACKS = " is unauthorized"


@dataclass(frozen=True)
class NativeServer:
    """A server that gives native backups to our token.

    Attributes:
        version: as it says it.
        clock: its time, UTC, in whole seconds; ours where it tells none.
    """

    version: str
    clock: datetime


def check_native(client: Influx) -> NativeServer:
    """Find out before anything is downloaded.

    Raises:
        NotNative: the server has no such backups, is a 2.0, or tells no version.
        MissingRights: the token is not an operator's, or lacks one of the operator's rights.
        InfluxError: no answer, or the token is unknown.
    """
    try:
        about = client.capabilities
    except NotInfluxDB:  # which tells no version, as the cloud
        raise _not_native(client) from None
    if about.version < OLDEST:
        raise NotNative(
            f"{client.url} is InfluxDB {about.version_text}, whose backups have an older format. "
            "Upgrade it to 2.1 or later, or set INFLUX_PIPELINES_BACKUP_KIND=logical."
        )
    answer = retrying(lambda: _ask(client), client.retry_seconds)
    return NativeServer(about.version_text.removeprefix("v"), clock_of(answer.headers))


def _ask(client: Influx) -> Answer:
    answer = client.transport.send("GET", NO_SHARD)
    try:
        where = client.url + NO_SHARD
        answers.value_of("GET", where, answer.status, answer.headers, answer.body)
    except NotFound as error:
        if "shard" not in str(error).rpartition("→")[2]:
            raise _not_native(client) from None
    except NotSupported:
        raise _not_native(client) from None
    except Unauthorized as error:
        if LACKS not in str(error):
            raise
        raise MissingRights(_missing(client, str(error))) from None
    return answer


def _not_native(client: Influx) -> NotNative:
    return NotNative(
        f"{client.url} gives no native backups (the embedded server and InfluxDB Cloud do not). "
        "Set INFLUX_PIPELINES_BACKUP_KIND=logical, or auto."
    )


def _missing(client: Influx, text: str) -> str:
    named = text.partition(LACKS)[0].rpartition(" ")[2]
    missing = missing_rights(client)
    lacks = f"{len(missing)} rights: {', '.join(missing)}" if missing else f"{named}, at least"
    return (
        "A native backup needs every right of an operator token, to read and to write, in all "
        f"organizations; there is none that only reads. The token lacks {lacks}. Set "
        "INFLUXDB_BACKUP_TOKEN to an operator token, which `influx auth create --operator` makes, "
        "or INFLUX_PIPELINES_BACKUP_KIND=logical."
    )


def missing_rights(client: Influx) -> list[str]:
    """Rights of an operator that the token lacks, such as `write:buckets`.

    Empty where the token may not list tokens, or the server keeps only their hashes: then nobody
    can tell which one is ours.
    """
    from influx_pipelines.estate.tokens.entry import Resource

    try:
        held = client.token_rights().permissions
    except InfluxError:  # of a list that is only asked to say more
        return []
    everywhere = {
        f"{one.action}:{one.resource.type}"
        for one in held
        if not one.resource.id and not one.resource.org_id
    }
    wanted = [f"{action}:{kind}" for kind in get_args(Resource) for action in ("read", "write")]
    return [right for right in wanted if right not in everywhere] if held else []


def clock_of(headers: dict[str, str]) -> datetime:
    """The time of the server, from the `Date` of an answer."""
    try:
        return parsedate_to_datetime(headers["date"]).astimezone(UTC)
    except (KeyError, ValueError):
        return datetime.now(UTC).replace(microsecond=0)
