"""Where the secret of a token goes: a file that only its owner can read, or a command."""

from __future__ import annotations

import os
import shlex
import subprocess
import tempfile
from pathlib import Path

from pydantic import SecretStr

from influx_pipelines.estate.ledger import Ledger

SECONDS = 30


class StoreError(Exception):
    """A secret could not be published; the message never holds it."""


class TokenStore:
    """A folder of mode 0700 with a file of mode 0600 a token, unless a command is set.

    The command gets the secret on its standard input and the token's name as its last argument.
    """

    def __init__(self, folder: Path, command: str = "") -> None:
        self.folder, self.command = folder, command

    @classmethod
    def beside(cls, ledger: Ledger, command: str = "") -> TokenStore:
        """The store for the organisation of a ledger: `tokens/<ID of the organisation>/`."""
        return cls(ledger.path.parent / "tokens" / ledger.org_id, command)

    @property
    def kind(self) -> str:
        """`file` or `command`."""
        return "command" if self.command else "file"

    def path(self, name: str) -> Path:
        """The file of a token."""
        return self.folder / name

    def holds(self, name: str, kind: str) -> bool:
        """Whether a secret that was published in that way is still there, as far as we can tell."""
        return kind == "command" or self.path(name).is_file()

    def publish(self, name: str, secret: SecretStr) -> None:
        """Readers see the old one or the new one, never a part.

        Raises:
            StoreError: it could not be done.
        """
        if self.command:
            _hand_over(self.command, name, secret)
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            descriptor, path = tempfile.mkstemp(dir=self.folder, prefix=".")  # of mode 0600
            try:
                with os.fdopen(descriptor, "w") as out:
                    out.write(secret.get_secret_value())
                Path(path).replace(self.path(name))
            except OSError:
                Path(path).unlink(missing_ok=True)
                raise
        except OSError as error:
            raise StoreError(f"{self.path(name)} cannot be written ({error.strerror})") from None

    def forget(self, name: str) -> None:
        """Delete the file of a token that is gone."""
        self.path(name).unlink(missing_ok=True)


def _hand_over(command: str, name: str, secret: SecretStr) -> None:
    words = [*shlex.split(command), name]
    try:
        done = subprocess.run(
            words,
            input=secret.get_secret_value().encode(),
            capture_output=True,  # what it writes may hold the secret: it is not shown
            timeout=SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise StoreError(f"{words[0]} failed ({type(error).__name__})") from None
    if done.returncode:
        raise StoreError(f"{words[0]} failed with exit status {done.returncode}")
