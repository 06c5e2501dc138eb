"""The two tokens of the HTTP API: given by a variable, or made once and kept in a file.

Whoever needs one first makes it: the API when it starts, or an apply that gives InfluxDB its own.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Literal

from pydantic import SecretStr

from influx_pipelines.settings import Settings, SettingsError, variable_of

Role = Literal["operator", "webhook"]
FIELDS: dict[Role, str] = {"operator": "api_token", "webhook": "webhook_token"}


def token_file(home: Path, role: Role) -> Path:
    """Where the token is kept that was made here (mode 0600)."""
    return home / "api" / f"{role}.token"


def api_token(settings: Settings, role: Role) -> SecretStr:
    """The token of a role, given or kept.

    Raises:
        SettingsError: the file is empty.
    """
    given: SecretStr | None = getattr(settings, FIELDS[role])
    return kept_token(settings.home, role) if given is None else given


def kept_token(home: Path, role: Role) -> SecretStr:
    """The token in the file; it is made when there is none yet.

    Raises:
        SettingsError: the file is empty.
    """
    path = token_file(home, role)
    if not path.exists():
        _make(path)
    text = path.read_text().strip()
    if not text:
        raise SettingsError(f"{path}: is empty. Delete it, or set {variable_of(FIELDS[role])}.")
    return SecretStr(text)


def _make(path: Path) -> None:
    """Of two processes that make it at once both keep the same one."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    new = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(32) + "\n")
    with suppress(FileExistsError):
        os.link(new, path)
    new.unlink()
