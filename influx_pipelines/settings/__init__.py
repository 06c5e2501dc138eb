"""One typed settings object, read from the environment and `.env` when first asked for.

The names of the official client (`INFLUXDB_V2_…`) and of older tools (`INFLUX_…`) are taken too, in
the order listed; where several are set the first one wins. Nothing is read when this is imported.
What neither of the two sets may be a file of the folder `INFLUX_PIPELINES_SECRETS`, named as the
variable: so containers, systemd and Kubernetes give secrets.
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
    "SECRETS_VARIABLE",
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
SECRETS_VARIABLE = "INFLUX_PIPELINES_SECRETS"


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
    """Read the environment, `.env` of the working folder, and the folder of secrets.

    `INFLUX_PIPELINES_ENV_FILE` names another file, or none when it is empty.

    Raises:
        SettingsError: naming each variable that is wrong and what it should look like.
    """
    folder = _secrets_folder()
    try:
        return Settings(_env_file=_env_file(), _secrets_dir=folder)
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
    """A variable of the environment, of the file or of the folder of secrets; "" when unset.

    What is read here is no setting: the estate's files name variables that hold secrets.

    Raises:
        SettingsError: the folder of secrets is not there, or holds an empty file.
    """
    file = _env_file()
    given = os.environ.get(name) or (dotenv_values(file).get(name) if file else None)
    return given or _secrets().get(name, "")


def known_variables() -> set[str]:
    """Every variable that is read: those of the settings, and those that say where they are."""
    return {name for field in Settings.model_fields for name in _choices(field)} | {
        ENV_FILE_VARIABLE,
        SECRETS_VARIABLE,
    }


def secret_variables() -> set[str]:
    """Those of the variables whose values are secrets."""
    fields = Settings.model_fields.items()
    secret = [name for name, field in fields if field.annotation == SecretStr | None]
    return {name for field in secret for name in _choices(field)}


def set_variables() -> set[str]:
    """The variables that are set and not empty, in the environment or a file."""
    file = _env_file()
    named = {**(dotenv_values(file) if file else {}), **os.environ}
    return {name for name, value in named.items() if value} | set(_secrets())


def _env_file() -> str | None:
    return os.environ.get(ENV_FILE_VARIABLE, ".env") or None


def _secrets_folder() -> Path | None:
    """The folder of secrets, when there is one and each of its files says something."""
    named = os.environ.get(SECRETS_VARIABLE)
    if not named:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise SettingsError(
            f"{SECRETS_VARIABLE}: {folder} is no folder. Name one with a file for each secret."
        )
    for name, text in _texts(folder).items():
        if not text:
            raise SettingsError(f"{name}: {folder / name} is empty. Write into it, or delete it.")
    return folder


def _secrets() -> dict[str, str]:
    folder = _secrets_folder()
    return _texts(folder) if folder else {}


def _texts(folder: Path) -> dict[str, str]:
    files = (path for path in folder.iterdir() if path.is_file())
    return {path.name: path.read_text(encoding="utf-8").strip() for path in files}


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
