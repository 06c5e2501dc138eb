"""What the parts of the settings share: the names of variables, and a checked address."""

from __future__ import annotations

from typing import Annotated

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
    return value.rstrip("/")


Address = Annotated[str, AfterValidator(_is_address)]
