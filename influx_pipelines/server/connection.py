"""How to reach the InfluxDB of this project: from the settings, or from the one we started."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Literal

from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings, SettingsError

Kind = Literal["given", "influxd", "embedded"]


@dataclass(frozen=True)
class Connection:
    """Address, token and organisation of a server, and who started it."""

    url: str
    org: str
    kind: Kind
    token: str = field(repr=False)

    @property
    def ours(self) -> bool:
        """Whether this project started the server, so that it may do there as it likes."""
        return self.kind != "given"

    def for_backups(self, settings: Settings) -> Connection:
        """The same server with the token of `INFLUXDB_BACKUP_TOKEN`, where that is set."""
        token = settings.backup_token
        return replace(self, token=token.get_secret_value()) if token else self

    def client(self, settings: Settings) -> Influx:
        """A client that has opened nothing yet."""
        return Influx(
            self.url,
            self.token,
            self.org,
            read_timeout=settings.timeout,
            retry_seconds=settings.retry_seconds,
            verify_ssl=settings.verify_ssl,
            ssl_ca_cert=str(settings.ssl_ca_cert) if settings.ssl_ca_cert else None,
        )


def connection_file(settings: Settings) -> Path:
    """Where the address and token of a server that we started are kept (mode 0600)."""
    return settings.home / "connection.json"


def known_connection(settings: Settings) -> Connection:
    """The server that is set, or the one that `make up` or `make run` started before.

    Raises:
        SettingsError: no server is known, or a token or an organisation is missing.
    """
    return given_connection(settings) or _remembered(settings)


def given_connection(settings: Settings) -> Connection | None:
    """The server of `INFLUXDB_URL`, or None where that is not set.

    Raises:
        SettingsError: naming the variable that is missing beside it.
    """
    if settings.url is None:
        return None
    if settings.token is None:
        raise SettingsError(
            "INFLUXDB_TOKEN: missing beside INFLUXDB_URL. Set it to an API token of that server, "
            "made in its web page under Load Data > API Tokens."
        )
    if settings.org is None:
        raise SettingsError(
            "INFLUXDB_ORG: missing beside INFLUXDB_URL. Set it to the name of the organisation."
        )
    return Connection(settings.url, settings.org, "given", settings.token.get_secret_value())


def _remembered(settings: Settings) -> Connection:
    path = connection_file(settings)
    try:
        return Connection(**json.loads(path.read_text()))
    except FileNotFoundError:
        raise SettingsError(
            "INFLUXDB_URL: not set, and no server was started from this folder yet. "
            "Run `make up` to start one, or set INFLUXDB_URL, INFLUXDB_TOKEN and INFLUXDB_ORG."
        ) from None
    except (ValueError, TypeError):
        raise SettingsError(
            f"{path}: not readable as the record of a started server. Delete it and run `make up`."
        ) from None


def remember(settings: Settings, connection: Connection) -> None:
    """Write the connection to its file, readable by its owner only."""
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = connection_file(settings)
    descriptor = os.open(path.with_suffix(".new"), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(asdict(connection), file)
    path.with_suffix(".new").replace(path)
