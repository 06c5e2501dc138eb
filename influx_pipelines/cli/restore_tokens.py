"""What to do about tokens after a full restore, without showing one."""

from __future__ import annotations

from dataclasses import replace

from pydantic import SecretStr

from influx_pipelines.backups.files import save_whole
from influx_pipelines.cli.console import out
from influx_pipelines.server.connection import Connection, remember
from influx_pipelines.settings import Settings

NAME = "operator-token"


def tell_token(
    settings: Settings, connection: Connection, token: SecretStr, given: SecretStr | None
) -> None:
    """Keep the operator token of the server as it is now, where nobody else has it."""
    if connection.ours:
        remember(settings, replace(connection, token=token.get_secret_value()))
        return
    where = "the one that you gave"
    if token != given:
        path = settings.home / NAME
        settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        save_whole(path, token.get_secret_value().encode())
        where = f"in {path}, for its owner only: move it to where secrets are kept"
    out.print(
        "All tokens are those of the backup now: change INFLUXDB_TOKEN and INFLUXDB_BACKUP_TOKEN. "
        f"An operator token is {where}."
    )
