"""One typed settings object, read from the environment and `.env` when first asked for.

The names of the official client (`INFLUXDB_V2_…`) and of older tools (`INFLUX_…`) are taken too, in
the order listed; where several are set the first one wins. Nothing is read when this is imported.
"""

from __future__ import annotations

import os
import shlex
from datetime import date
from pathlib import Path
from typing import Literal

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ENV_FILE_VARIABLE = "INFLUX_PIPELINES_ENV_FILE"
API_URL = "http://127.0.0.1:8087"


class SettingsError(ValueError):
    """A setting is missing or unusable; the message names the variable and what to write."""


def _names(name: str) -> AliasChoices:
    return AliasChoices(f"INFLUXDB_{name}", f"INFLUXDB_V2_{name}", f"INFLUX_{name}")


def _ours(name: str) -> AliasChoices:
    return AliasChoices(f"INFLUX_PIPELINES_{name}")


class DefinitionSettings(BaseSettings):
    """The few settings that shape the definitions; none of them is a secret."""

    # The prefix keeps a field's bare name from being read: `HOME` is everybody's variable.
    model_config = SettingsConfigDict(
        extra="ignore", env_ignore_empty=True, populate_by_name=True, env_prefix="INFLUX_PIPELINES_"
    )

    automation: Literal["running", "stopped"] = Field(
        "stopped",
        validation_alias=_ours("AUTOMATION"),
        description="Whether schedules and sensors start by themselves (`make up` sets `running`).",
    )
    executor: Literal["in_process", "multiprocess"] = Field(
        "in_process",
        validation_alias=_ours("EXECUTOR"),
        description="How the steps of a run are executed.",
    )
    owner: str = Field(
        "team:platform",
        validation_alias=_ours("OWNER"),
        description="Owner of every asset: an e-mail address or `team:name`.",
    )
    weather_since: date = Field(
        date(2025, 1, 1),
        ge=date(1940, 1, 1),
        validation_alias=_ours("WEATHER_SINCE"),
        description="First day of the partitions of weather history, 1940-01-01 or later.",
    )


class Settings(DefinitionSettings):
    """Everything that can be set from outside; `docs/settings.md` is made from the descriptions."""

    url: str | None = Field(
        None,
        validation_alias=_names("URL"),
        description="Address of your InfluxDB v2, `http://localhost:8086`. Unset: one is started.",
    )
    token: SecretStr | None = Field(
        None,
        validation_alias=_names("TOKEN"),
        description="API token that may read and write buckets of the organisation.",
    )
    org: str | None = Field(
        None, validation_alias=_names("ORG"), description="Name of the organisation."
    )
    timeout: float = Field(
        30.0,
        gt=0,
        validation_alias=_ours("TIMEOUT"),
        description="Seconds to wait for an answer of InfluxDB.",
    )
    retry_seconds: float = Field(
        10.0,
        ge=0,
        validation_alias=_ours("RETRY_SECONDS"),
        description="Seconds to go on trying when InfluxDB does not answer or is overloaded.",
    )
    verify_ssl: bool = Field(
        True, validation_alias=_names("VERIFY_SSL"), description="Check the TLS certificate."
    )
    ssl_ca_cert: Path | None = Field(
        None,
        validation_alias=_names("SSL_CA_CERT"),
        description="File with the certificate authority of a private TLS certificate.",
    )
    home: Path = Field(
        Path(".influx_pipelines"),
        validation_alias=_ours("HOME"),
        description="Folder for what this project keeps: the started server, its token, records.",
    )
    embedded_options: str = Field(
        "",
        validation_alias=_ours("EMBEDDED_OPTIONS"),
        description="More options of the embedded server: `--no-scheduler`, `--allow-outbound`.",
    )
    estate: Path = Field(
        Path("estate"),
        validation_alias=_ours("ESTATE"),
        description="Folder with the declaration of the estate.",
    )
    secret_command: str = Field(
        "",
        validation_alias=_ours("SECRET_COMMAND"),
        description="Command that prints the value of a secret whose name is its last argument.",
    )
    token_command: str = Field(
        "",
        validation_alias=_ours("TOKEN_COMMAND"),
        description="Command that takes the secret of a new token on standard input; its name is "
        "the last argument. Unset: files of mode 0600 below the home folder.",
    )
    host_bucket: str = Field(
        "monitoring",
        validation_alias=_ours("HOST_BUCKET"),
        description="Bucket for the metrics of this machine.",
    )
    sample_seconds: float = Field(
        30.0,
        ge=1,
        validation_alias=_ours("SAMPLE_SECONDS"),
        description="Seconds between two samples of this machine's metrics while `up` runs.",
    )
    alerts_url: SecretStr | None = Field(
        None,
        validation_alias=_ours("ALERTS_URL"),
        description="Database of the alerts, `postgresql://user:password@host/alerts`. Unset: a "
        "SQLite file below the home folder.",
    )
    api_url: str = Field(
        API_URL,
        validation_alias=_ours("API_URL"),
        description="Address at which InfluxDB reaches the HTTP API; its port is the one served.",
    )
    api_token: SecretStr | None = Field(
        None,
        min_length=16,
        validation_alias=_ours("API_TOKEN"),
        description="Token of the HTTP API that may do everything. Unset: a file of mode 0600 "
        "below the home folder, made at the first start.",
    )
    webhook_token: SecretStr | None = Field(
        None,
        min_length=16,
        validation_alias=_ours("WEBHOOK_TOKEN"),
        description="Token of the HTTP API that may only post alerts; InfluxDB gets it. Unset: a "
        "file as well.",
    )
    api_rate: float = Field(
        2000.0,
        gt=0,
        validation_alias=_ours("API_RATE"),
        description="Requests a second that the HTTP API takes from one address.",
    )
    findings_bucket: str = Field(
        "multiapp_",
        validation_alias=_ours("FINDINGS_BUCKET"),
        description="Bucket to which the tasks of the applications write what they found.",
    )
    keep_alerts_days: int = Field(
        90,
        ge=8,
        validation_alias=_ours("KEEP_ALERTS_DAYS"),
        description="Days that statuses and resolved incidents are kept; InfluxDB keeps 7.",
    )
    keep_runs_days: int = Field(
        14,
        ge=1,
        validation_alias=_ours("KEEP_RUNS_DAYS"),
        description="Days that finished Dagster runs are kept.",
    )

    network: bool = Field(
        True,
        validation_alias=_ours("NETWORK"),
        description="Whether services outside are asked; without it `run` shows a sample.",
    )
    weather_provider: Literal["auto", "openweathermap", "open-meteo"] = Field(
        "auto",
        validation_alias=_ours("WEATHER_PROVIDER"),
        description="Who tells the present weather: `openweathermap`, `open-meteo`, or the first "
        "where its key is set. History is always Open-Meteo's.",
    )
    weather_bucket: str = Field(
        "WeatherAPI",
        validation_alias=_ours("WEATHER_BUCKET"),
        description="Bucket for the weather.",
    )
    weather_calls: int = Field(
        5000,
        ge=1,
        validation_alias=_ours("WEATHER_CALLS"),
        description="Calls of a day to each weather service, counted as the service does.",
    )
    openweather_url: str = Field(
        "https://api.openweathermap.org/data/2.5",
        validation_alias=AliasChoices("OPENWEATHER_URL"),
        description="Address of OpenWeatherMap, or of a proxy for it.",
    )
    openweather_key: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("OPENWEATHER_API_KEY"),
        description="Key of OpenWeatherMap.",
    )
    open_meteo_url: str = Field(
        "https://api.open-meteo.com/v1",
        validation_alias=AliasChoices("OPEN_METEO_URL"),
        description="Address of Open-Meteo, or of a proxy for it and its archive.",
    )
    open_meteo_archive_url: str | None = Field(
        None,
        validation_alias=AliasChoices("OPEN_METEO_ARCHIVE_URL"),
        description="Address of its archive. Unset: `OPEN_METEO_URL` where that is set, else "
        "`https://archive-api.open-meteo.com/v1`.",
    )

    @field_validator("openweather_url", "open_meteo_url", "open_meteo_archive_url")
    @classmethod
    def _is_service(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/") if value else value

    @field_validator("secret_command", "token_command")
    @classmethod
    def _is_command(cls, value: str) -> str:
        try:
            return value if shlex.split(value) else ""
        except ValueError as error:
            raise ValueError(f"is no command of a shell: {error}") from None

    @field_validator("url", "api_url")
    @classmethod
    def _is_http(cls, value: str | None) -> str | None:
        if value is not None and not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://, as in http://localhost:8086")
        return value.rstrip("/") if value else value


def variable_of(field: str) -> str:
    """The documented environment variable of a settings field."""
    alias = Settings.model_fields[field].validation_alias
    return str(alias.choices[0]) if isinstance(alias, AliasChoices) else field


def load_settings() -> Settings:
    """Read the environment and `.env` of the working folder.

    `INFLUX_PIPELINES_ENV_FILE` names another file, or none when it is empty.

    Raises:
        SettingsError: naming each variable that is wrong and what it should look like.
    """
    try:
        return Settings(_env_file=_env_file())
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def load_definition_settings() -> DefinitionSettings:
    """The part of the settings that is needed to load the definitions; resolves no secret.

    Raises:
        SettingsError: naming each variable that is wrong.
    """
    try:
        return DefinitionSettings(_env_file=_env_file())
    except ValidationError as error:
        raise SettingsError(_explain(error)) from None


def variable(name: str) -> str:
    """A variable of the environment, or of the file that settings are read from; "" when unset.

    What is read here is no setting: the estate's files name variables that hold secrets.
    """
    file = _env_file()
    return os.environ.get(name) or (dotenv_values(file).get(name) if file else None) or ""


def _env_file() -> str | None:
    return os.environ.get(ENV_FILE_VARIABLE, ".env") or None


def _explain(error: ValidationError) -> str:
    lines = []
    for problem in error.errors(include_input=False, include_url=False):
        name = str(problem["loc"][0]) if problem["loc"] else "?"
        field = next((f for f in Settings.model_fields if name in (f, *_choices(f))), name)
        known = field in Settings.model_fields
        text = problem["msg"].removeprefix("Value error, ")
        about = Settings.model_fields[field].description if known else ""
        lines.append(f"{variable_of(field) if known else name}: {text}. {about}".rstrip())
    return "\n".join(lines)


def _choices(field: str) -> list[str]:
    alias = Settings.model_fields[field].validation_alias
    return [str(c) for c in alias.choices] if isinstance(alias, AliasChoices) else []
