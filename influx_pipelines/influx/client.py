"""The client of an InfluxDB v2 server: the one face of this package."""

from __future__ import annotations

import time
from functools import cached_property
from types import TracebackType
from typing import Any, Self

from influx_pipelines.influx import probes
from influx_pipelines.influx.data import DataCalls
from influx_pipelines.influx.deleting import DeleteCalls
from influx_pipelines.influx.labels import LabelCalls
from influx_pipelines.influx.models import Capabilities, Health, TokenRights
from influx_pipelines.influx.secrets import SecretCalls
from influx_pipelines.influx.tokens import TokenCalls
from influx_pipelines.influx.transport import Transport

__all__ = ["Influx"]


class Influx(DataCalls, DeleteCalls, LabelCalls, SecretCalls, TokenCalls):
    """A server, a token and an organisation; safe to share between threads.

    Making one opens nothing and imports nothing heavy.

    Args:
        url: address, `http://localhost:8086`.
        token: API token; it appears in no message, repr or log.
        org: name of the organisation.
        connect_timeout: seconds.
        read_timeout: seconds between two bytes of an answer.
        retry_seconds: how long to go on trying after 429, 5xx and connection errors.
        verify_ssl: check the TLS certificate.
        ssl_ca_cert: file of a private certificate authority.
        gzip: whether written lines are sent compressed; None: unless the server is on loopback.
    """

    def __init__(
        self,
        url: str,
        token: str,
        org: str,
        *,
        connect_timeout: float = 5.0,
        read_timeout: float = 30.0,
        retry_seconds: float = 10.0,
        verify_ssl: bool = True,
        ssl_ca_cert: str | None = None,
        gzip: bool | None = None,
    ) -> None:
        address = url.rstrip("/")
        transport = Transport(
            address, token, org, connect_timeout, read_timeout, verify_ssl, ssl_ca_cert, gzip
        )
        super().__init__(transport, address, org, retry_seconds)

    def other(self, *, token: str, org: str) -> Influx:
        """A client of the same server, with another token or organisation."""
        known = self.transport
        return Influx(
            self.url,
            token,
            org,
            connect_timeout=known.connect_timeout,
            read_timeout=known.read_timeout,
            retry_seconds=self.retry_seconds,
            verify_ssl=known.verify_ssl,
            ssl_ca_cert=known.ssl_ca_cert,
            gzip=known.gzip,
        )

    def __repr__(self) -> str:
        return f"Influx(url={self.url!r}, org={self.org!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self.transport.close()

    @property
    def official(self) -> Any:
        """The official `influxdb_client.InfluxDBClient` underneath."""
        return self.transport.official

    # ------------------------------------------------------------------ the server

    def health(self) -> Health:
        """What `/health` says."""
        return probes.health(self)

    @cached_property
    def capabilities(self) -> Capabilities:
        """Version and kind of the server, found once."""
        return probes.capabilities(self)

    def latency(self) -> float:
        """Seconds that a ping takes, on a connection that is open already."""
        self.transport.send("GET", "/ping")
        before = time.perf_counter()
        self.transport.send("GET", "/ping")
        return time.perf_counter() - before

    def token_rights(self) -> TokenRights:
        """What our token may do, as far as it can be found; never fails for a narrow token."""
        return probes.token_rights(self)
