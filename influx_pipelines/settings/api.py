"""The settings of the HTTP API."""

from __future__ import annotations

from pydantic import Field, SecretStr

from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.names import Address, ours

API_URL = "http://127.0.0.1:8087"


class ApiSettings(DefinitionSettings):
    """Where the API is, who may ask it, and how often."""

    api_url: Address = Field(
        API_URL,
        validation_alias=ours("API_URL"),
        description="Address at which InfluxDB reaches the HTTP API; its port is the one served.",
    )
    api_token: SecretStr | None = Field(
        None,
        min_length=16,
        validation_alias=ours("API_TOKEN"),
        description="Token of the HTTP API that may do everything. Unset: a file of mode 0600 "
        "below the home folder, made at the first start.",
    )
    webhook_token: SecretStr | None = Field(
        None,
        min_length=16,
        validation_alias=ours("WEBHOOK_TOKEN"),
        description="Token of the HTTP API that may only post alerts; InfluxDB gets it. Unset: a "
        "file as well.",
    )
    api_rate: float = Field(
        2000.0,
        gt=0,
        validation_alias=ours("API_RATE"),
        description="Requests a second that the HTTP API takes from one address.",
    )
