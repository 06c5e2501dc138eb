"""What is looked at: the settings of a folder, and the one look at the server that checks share."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from pydantic import SecretStr

from influx_pipelines.doctor.serverlook import ServerLook, look
from influx_pipelines.influx.client import Influx
from influx_pipelines.server.connection import Connection, known_connection
from influx_pipelines.settings import Settings, SettingsError

# A dead host costs this long, once.
CONNECT_SECONDS, ANSWER_SECONDS = 2.0, 5.0


@dataclass(frozen=True)
class Subject:
    """A project folder with usable settings."""

    root: Path
    settings: Settings

    def connection(self) -> Connection:
        """The server that is set, or that was started from here before.

        Raises:
            SettingsError: none is known, or something is missing beside its address.
        """
        return known_connection(self.settings)

    def client(self, token: str = "") -> Influx:
        """A client that does not wait long, with the token of the settings or another one.

        Raises:
            SettingsError: no server is known.
        """
        known, settings = self.connection(), self.settings
        return Influx(
            known.url,
            token or known.token,
            known.org,
            connect_timeout=CONNECT_SECONDS,
            read_timeout=min(ANSWER_SECONDS, settings.timeout),
            retry_seconds=0.0,
            verify_ssl=settings.verify_ssl,
            ssl_ca_cert=str(settings.ssl_ca_cert) if settings.ssl_ca_cert else None,
        )

    @cached_property
    def server(self) -> ServerLook:
        """What the server says of itself and of our token; looked at once.

        Raises:
            SettingsError: no server is known.
        """
        with self.client() as client:
            return look(client)

    @property
    def answering(self) -> ServerLook | None:
        """The same; None where no server is known, answers, or takes our token."""
        try:
            found = self.server
        except SettingsError:
            return None
        return found if found.rights is not None and found.rights.active else None

    def secrets(self) -> Iterator[str]:
        """Every secret that is known here, to be kept out of what is told."""
        for name in type(self.settings).model_fields:
            value = getattr(self.settings, name)
            if isinstance(value, SecretStr):
                yield value.get_secret_value()
        try:
            yield self.connection().token
        except SettingsError:
            return
