"""What the parts of the settings share: the names of variables, and a checked address."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, AliasChoices


def of_client(name: str) -> AliasChoices:
    """Our name of a setting of the official client, its own, and that of older tools."""
    return AliasChoices(f"INFLUXDB_{name}", f"INFLUXDB_V2_{name}", f"INFLUX_{name}")


def ours(name: str) -> AliasChoices:
    """The name of a setting of this project alone."""
    return AliasChoices(f"INFLUX_PIPELINES_{name}")


def _is_address(value: str) -> str:
    if not value.startswith(("http://", "https://")):
        raise ValueError("must begin with http:// or https://")
    try:
        parts = urlsplit(value)
        known = bool(parts.hostname) and parts.port != 0  # whose reading checks it
    except ValueError:
        known = False
    if not known or parts.query or parts.fragment or not value.isprintable() or " " in value:
        raise ValueError("must be http://host, http://host:port or one of these with a path")
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_is_address)]
