"""The settings of the server, the estate, and what this project keeps."""

from __future__ import annotations

import shlex
from pathlib import Path

from pydantic import Field, SecretStr, field_validator

from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.names import of_client, ours


class ServerSettings(DefinitionSettings):
    """Which InfluxDB, with which declaration, and where things are kept."""

    url: str | None = Field(
        None,
        validation_alias=of_client("URL"),
        description="Address of your InfluxDB v2, `http://localhost:8086`. Unset: one is started.",
    )
    token: SecretStr | None = Field(
        None,
        validation_alias=of_client("TOKEN"),
        description="API token that may read and write buckets of the organisation.",
    )
    org: str | None = Field(
        None, validation_alias=of_client("ORG"), description="Name of the organisation."
    )
    timeout: float = Field(
        30.0,
        gt=0,
        validation_alias=ours("TIMEOUT"),
        description="Seconds to wait for an answer of InfluxDB.",
    )
    retry_seconds: float = Field(
        10.0,
        ge=0,
        validation_alias=ours("RETRY_SECONDS"),
        description="Seconds to go on trying when InfluxDB does not answer or is overloaded.",
    )
    verify_ssl: bool = Field(
        True, validation_alias=of_client("VERIFY_SSL"), description="Check the TLS certificate."
    )
    ssl_ca_cert: Path | None = Field(
        None,
        validation_alias=of_client("SSL_CA_CERT"),
        description="File with the certificate authority of a private TLS certificate.",
    )
    home: Path = Field(
        Path(".influx_pipelines"),
        validation_alias=ours("HOME"),
        description="Folder for what this project keeps: the started server, its token, records.",
    )
    embedded_options: str = Field(
        "",
        validation_alias=ours("EMBEDDED_OPTIONS"),
        description="More options of the embedded server: `--no-scheduler`, `--allow-outbound`.",
    )
    estate: Path = Field(
        Path("estate"),
        validation_alias=ours("ESTATE"),
        description="Folder with the declaration of the estate.",
    )
    secret_command: str = Field(
        "",
        validation_alias=ours("SECRET_COMMAND"),
        description="Command that prints the value of a secret whose name is its last argument.",
    )
    token_command: str = Field(
        "",
        validation_alias=ours("TOKEN_COMMAND"),
        description="Command that takes the secret of a new token on standard input; its name is "
        "the last argument. Unset: files of mode 0600 below the home folder.",
    )
    host_bucket: str = Field(
        "monitoring",
        validation_alias=ours("HOST_BUCKET"),
        description="Bucket for the metrics of this machine.",
    )
    sample_seconds: float = Field(
        30.0,
        ge=1,
        validation_alias=ours("SAMPLE_SECONDS"),
        description="Seconds between two samples of this machine's metrics while `up` runs.",
    )
    keep_runs_days: int = Field(
        14,
        ge=1,
        validation_alias=ours("KEEP_RUNS_DAYS"),
        description="Days that finished Dagster runs are kept.",
    )

    disk_free: int = Field(
        1024,
        ge=0,
        validation_alias=ours("DISK_FREE"),
        description="Megabytes that `influx-pipelines doctor` wants free where things are kept.",
    )

    @field_validator("secret_command", "token_command")
    @classmethod
    def _is_command(cls, value: str) -> str:
        try:
            return value if shlex.split(value) else ""
        except ValueError as error:
            raise ValueError(f"is no command of a shell: {error}") from None

    @field_validator("url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://, as in http://localhost:8086")
        return value.rstrip("/") if value else value
