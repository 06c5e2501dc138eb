"""One typed settings object, read from the environment and `.env` when first asked for.

The names of the official client (`INFLUXDB_V2_…`) and of older tools (`INFLUX_…`) are taken too, in
the order listed; where several are set the first one wins. Nothing is read when this is imported.
"""

from __future__ import annotations

import os
from pathlib import Path

from dotenv import dotenv_values
from pydantic import AliasChoices, SecretStr, ValidationError

from influx_pipelines.settings.alerts import AlertSettings
from influx_pipelines.settings.api import API_URL, ApiSettings
from influx_pipelines.settings.backup import BackupSettings
from influx_pipelines.settings.ci import CiSettings
from influx_pipelines.settings.definitions import DefinitionSettings
from influx_pipelines.settings.server import ServerSettings
from influx_pipelines.settings.weather import WeatherSettings

__all__ = [
    "API_URL",
    "ENV_FILE_VARIABLE",
    "DefinitionSettings",
    "Settings",
    "SettingsError",
    "known_variables",
    "load_definition_settings",
    "load_settings",
    "secret_variables",
    "set_variables",
    "variable",
    "variable_of",
]
ENV_FILE_VARIABLE = "INFLUX_PIPELINES_ENV_FILE"


class SettingsError(ValueError):
    """A setting is missing or unusable; the message names the variable and what to write."""


class Settings(
    AlertSettings, ApiSettings, BackupSettings, CiSettings, WeatherSettings, ServerSettings
):
    """Everything that can be set from outside; `docs/settings.md` is made from the descriptions."""

    @property
    def backups(self) -> Path:
        """The folder of the backups."""
        return self.backup_folder or self.home / "backups"


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


def known_variables() -> set[str]:
    """Every variable that is read: those of the settings, and the one that names their file."""
    return {name for field in Settings.model_fields for name in _choices(field)} | {
        ENV_FILE_VARIABLE
    }


def secret_variables() -> set[str]:
    """Those of the variables whose values are secrets."""
    fields = Settings.model_fields.items()
    secret = [name for name, field in fields if field.annotation == SecretStr | None]
    return {name for field in secret for name in _choices(field)}


def set_variables() -> set[str]:
    """The variables that are set and not empty, in the environment or the file of the settings."""
    file = _env_file()
    named = {**(dotenv_values(file) if file else {}), **os.environ}
    return {name for name, value in named.items() if value}


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
