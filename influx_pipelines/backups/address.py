"""The address of a server as records of backups have it."""

from __future__ import annotations

from urllib.parse import urlsplit, urlunsplit

from influx_pipelines.influx.client import Influx


def address_of(client: Influx) -> str:
    """The address of a server without a user or password in it: a record is no place for these."""
    parts = urlsplit(client.url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
