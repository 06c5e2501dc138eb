"""Where the value of a secret comes from, at the moment it is sent."""

from __future__ import annotations

import shlex
import subprocess
from pathlib import Path

from pydantic import SecretStr

from influx_pipelines import settings
from influx_pipelines.apitokens import FIELDS, kept_token

SECONDS = 30


class NoValueError(ValueError):
    """There is no value; the message says why, and never holds one."""


def from_environment(variable: str) -> SecretStr:
    """The value of a variable of the environment, or of `.env`.

    Raises:
        NoValueError: it is not set, or empty.
    """
    value = settings.variable(variable)
    if not value:
        text = f"the environment variable {variable} is not set"
        raise NoValueError(f"{text}: set it, or write it into .env")
    return SecretStr(value)


def from_file(path: str) -> SecretStr:
    """The text of a file without the line break at its end.

    Raises:
        NoValueError: it cannot be read, or is empty.
    """
    try:
        value = Path(path).read_text(encoding="utf-8").removesuffix("\n").removesuffix("\r")
    except (OSError, UnicodeDecodeError) as error:
        raise NoValueError(f"the file {path} cannot be read ({type(error).__name__})") from None
    if not value:
        raise NoValueError(f"the file {path} is empty")
    return SecretStr(value)


def from_api_token(home: Path) -> SecretStr:
    """The token that may only post alerts to the HTTP API: given, kept, or made now.

    Raises:
        NoValueError: the file cannot be used.
    """
    if given := settings.variable(settings.variable_of(FIELDS["webhook"])):
        return SecretStr(given)
    try:
        return kept_token(home, "webhook")
    except (OSError, settings.SettingsError) as error:
        raise NoValueError(str(error)) from None


def from_command(command: str, name: str, seconds: float = SECONDS) -> SecretStr:
    """What a command prints within some seconds that gets the secret's name as its last argument.

    Raises:
        NoValueError: none is set, or it fails, or prints nothing.
    """
    if not command:
        raise NoValueError("no command is set: set INFLUX_PIPELINES_SECRET_COMMAND")
    words = [*shlex.split(command), name]
    try:
        done = subprocess.run(
            words, stdin=subprocess.DEVNULL, capture_output=True, timeout=seconds, check=False
        )
        value = done.stdout.decode().removesuffix("\n")
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        raise NoValueError(f"{words[0]} {name} failed ({type(error).__name__})") from None
    if done.returncode or not value:  # what it wrote may hold the value: it is not shown
        raise NoValueError(f"{words[0]} {name} gave no value (exit status {done.returncode})")
    return SecretStr(value)
