"""Which kind of backup a server gets."""

from __future__ import annotations

from influx_pipelines.backups.errors import MissingRights, NotNative
from influx_pipelines.backups.native.rights import check_native
from influx_pipelines.backups.record import Kind
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import NotInfluxDB
from influx_pipelines.settings import Settings


def chosen_kind(client: Influx, settings: Settings) -> tuple[Kind, str]:
    """The kind, and why it is not the native one; "" when it is, or when nobody asked.

    Raises:
        MissingRights: the token that was set for backups may not take native ones: that is never
            passed over, or a logical backup would be found where the other one was wanted.
        InfluxError: no answer.
    """
    if settings.backup_kind != "auto":
        return settings.backup_kind, ""
    try:
        about = client.capabilities
    except NotInfluxDB:  # whatever it is, a backup by queries will say when it takes none
        return "logical", "the server tells no version, as InfluxDB Cloud: no native backups there"
    if about.embedded:
        return "logical", "the embedded server gives no native backups"
    try:
        check_native(client)
    except NotNative:
        return "logical", f"the server ({about.version_text}) gives no native backups"
    except MissingRights:
        if settings.backup_token is not None:
            raise
        return "logical", "the token is not an operator's, which native backups need"
    return "native", ""
