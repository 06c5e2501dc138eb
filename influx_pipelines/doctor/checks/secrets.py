"""Every secret that a file names has a value here; none is shown, and none is made."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

from influx_pipelines.alerts.delivery.config import Channel
from influx_pipelines.alerts.delivery.load import load_config
from influx_pipelines.alerts.delivery.quiet import overheard
from influx_pipelines.apitokens import token_file
from influx_pipelines.doctor.checks.files import OTHERS
from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.estate.kinds.secret import SecretEntry
from influx_pipelines.estate.load import load
from influx_pipelines.estate.problems import EstateError
from influx_pipelines.estate.values import (
    NoValueError,
    from_command,
    from_environment,
    from_file,
)
from influx_pipelines.settings import Settings, SettingsError
from influx_pipelines.sources.ci.declared import wanted_repositories

COMMAND_SECONDS = 3.0
MEND = "Set it where the file says that it is, or declare another place."


def declared_secrets(subject: Subject) -> Iterator[Result]:
    """The secrets of the estate."""
    settings = subject.settings
    try:
        entries: Mapping[str, SecretEntry] = load(settings.estate).of("secrets")
    except EstateError:
        return  # told by the check of the estate
    for name, entry in entries.items():
        title = f"secret {name}"
        if entry.api_token:
            made = settings.webhook_token or token_file(settings.home, entry.api_token).exists()
            yield green(title, "has a value" if made else "is made at the first apply")
        else:
            yield _judge(title, settings, name, entry.env, entry.file)


def channels(subject: Subject) -> Iterator[Result]:
    """The addresses of the channels of alerts, and whether there is a service for each."""
    settings = subject.settings
    try:
        config = load_config(settings.estate)
    except EstateError:
        return
    for channel in config.channels:
        if channel.log:
            yield green(f"channel {channel.name}", "the log")
        else:
            yield _of_channel(channel, settings)


def service_keys(subject: Subject) -> Iterator[Result]:
    """The keys of services outside, where somebody chose a service that needs one."""
    settings = subject.settings
    if settings.weather_provider == "openweathermap" and settings.openweather_key is None:
        text = "OPENWEATHER_API_KEY is not set, and the weather is OpenWeatherMap's by choice."
        mend = "Set it, or INFLUX_PIPELINES_WEATHER_PROVIDER to auto."
        yield red("weather key", text, mend)
    try:
        wanted = wanted_repositories(settings.estate, settings.ci_repositories)
    except (EstateError, SettingsError):
        return
    if wanted and settings.github_token is None:
        text = "GITHUB_TOKEN is not set: GitHub gives no logs, and 60 answers an hour."
        yield yellow("github token", text, "Set it to a token that may read actions.")


def _judge(title: str, settings: Settings, name: str, env: str | None, file: str | None) -> Result:
    try:
        _value(settings, name, env, file)
    except NoValueError as error:
        return red(title, f"It has no value: {error}.", MEND)
    if file and Path(file).stat().st_mode & OTHERS:  # as a container's secrets are made
        text = f"It has a value, and others on this machine can read {file}."
        return yellow(title, text, f"chmod 600 {file}")
    return green(title, "has a value")


def _of_channel(channel: Channel, settings: Settings) -> Result:
    title = f"channel {channel.name}"
    try:
        address = _value(settings, channel.name, channel.env, channel.file)
    except NoValueError as error:
        return red(title, f"Its address is missing: {error}.", MEND)
    if not _is_known(address):
        text = "What stands there is no address that Slack or apprise knows."
        return red(title, text, "Write one as apprise does: slack://…, mailtos://…, json://…")
    return green(title, "has an address")


def _value(settings: Settings, name: str, env: str | None, file: str | None) -> str:
    if env:
        value = from_environment(env)
    elif file:
        value = from_file(str(Path(file)))
    else:
        value = from_command(settings.secret_command, name, COMMAND_SECONDS)
    return value.get_secret_value().strip()


def _is_known(address: str) -> bool:
    from influx_pipelines.alerts.delivery.slack import speaks_slack

    if speaks_slack(address):
        return True
    import apprise

    with overheard():  # what apprise logs may hold the address
        return apprise.Apprise.instantiate(address, suppress_exceptions=True) is not None
