"""What this project made where the server has no room to say so: mappings, secrets, tokens."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock

from influx_pipelines.estate.problems import EstateError, Problem
from influx_pipelines.estate.tokens.record import TokenRecord
from influx_pipelines.influx.client import Influx
from influx_pipelines.settings import Settings

WAY_OUT = (
    "Restore it, or delete it: then each declared token is replaced by another one, and secrets "
    "need `adopt: true`"
)


@dataclass(frozen=True, slots=True)
class Ledger:
    """Our mappings by ID, secrets and tokens by name on one server and organisation.

    In a file of mode 0600. Of the value of a secret there is a salted hash, to tell whether another
    one was sent.
    """

    path: Path
    server: str

    @classmethod
    def open(cls, path: Path, url: str, org_id: str) -> Ledger:
        """The ledger for an organisation of a server."""
        return cls(path, f"{url} {org_id}")

    @property
    def home(self) -> Path:
        """The folder for what this project keeps."""
        return self.path.parent

    @property
    def mappings(self) -> frozenset[str]:
        """The IDs; none where there is no file.

        Raises:
            EstateError: the file cannot be read.
        """
        return frozenset(self._entry.get("mappings", []))

    @property
    def secrets(self) -> dict[str, dict[str, str]]:
        """Version, salt and hash of each secret that we sent, by name."""
        found: dict[str, dict[str, str]] = self._entry.get("secrets", {})
        return found

    @property
    def tokens(self) -> dict[str, TokenRecord]:
        """Which tokens we made and published, by name; their secrets are not here."""
        found: dict[str, Any] = self._entry.get("tokens", {})
        return {name: TokenRecord.of(entry) for name, entry in found.items()}

    @property
    def org_id(self) -> str:
        """The ID of the organisation."""
        return self.server.rpartition(" ")[2]

    @property
    def _entry(self) -> dict[str, Any]:
        found: dict[str, Any] = _read(self.path).get(self.server, {})
        return found

    def add_mapping(self, mapping_id: str) -> None:
        """Remember a mapping that was made."""
        self._change(lambda entry: _keep(entry, {mapping_id}, set()))

    def remove_mapping(self, mapping_id: str) -> None:
        """Forget a mapping that was deleted."""
        self._change(lambda entry: _keep(entry, set(), {mapping_id}))

    def add_secret(self, name: str, version: str, value: str) -> None:
        """Remember that a secret was sent; of its value only a salted hash."""
        salt = secrets.token_hex(16)
        sent = {"version": version, "salt": salt, "hash": _hash(value, salt)}
        self._change(lambda entry: entry.setdefault("secrets", {}).update({name: sent}))

    def remove_secret(self, name: str) -> None:
        """Forget a secret that was deleted."""
        self._change(lambda entry: entry.get("secrets", {}).pop(name, None))

    def was_sent(self, name: str, value: str) -> bool:
        """Whether this was the value of a secret that was sent last."""
        sent = self.secrets.get(name)
        return sent is not None and hmac.compare_digest(_hash(value, sent["salt"]), sent["hash"])

    def change_token(self, name: str, change: Callable[[TokenRecord], TokenRecord | None]) -> None:
        """Change what is known of a token; None forgets it."""

        def within(entry: dict[str, Any]) -> None:
            tokens = entry.setdefault("tokens", {})
            record = change(TokenRecord.of(tokens.get(name, {})))
            if record is None:
                tokens.pop(name, None)
            else:
                tokens[name] = asdict(record)

        self._change(within)

    def _change(self, change: Callable[[dict[str, Any]], object]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(f"{self.path}.lock"):
            content = _read(self.path)
            change(content.setdefault(self.server, {}))
            _write(self.path, content)


def _keep(entry: dict[str, Any], added: set[str], removed: set[str]) -> None:
    entry["mappings"] = sorted((set(entry.get("mappings", [])) | added) - removed)


def _hash(value: str, salt: str) -> str:
    """Slow on purpose: a short secret must not be found by trying."""
    return hashlib.scrypt(value.encode(), salt=bytes.fromhex(salt), n=2**14, r=8, p=1).hex()


def _read(path: Path) -> dict[str, Any]:
    """The content; nothing where there is no file.

    Raises:
        EstateError: it cannot be read. Taken for a lost one, all tokens would be replaced.
    """
    try:
        value = json.loads(path.read_text())
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise EstateError([Problem(str(path), 1, 1, f"{error.strerror}. {WAY_OUT}")]) from None
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(one, dict) for one in value.values()):
        raise EstateError([Problem(str(path), 1, 1, f"this is no record of ours. {WAY_OUT}")])
    return value


def _write(path: Path, content: dict[str, Any]) -> None:
    """Replace the file in one step: half a file would forget everything."""
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # of mode 0600
    with os.fdopen(descriptor, "w") as out:
        json.dump(content, out, indent=1)
    Path(name).replace(path)


def ledger_of(settings: Settings, client: Influx) -> Ledger:
    """The ledger of this home, for the organisation of a client."""
    return Ledger.open(settings.home / "ledger.json", client.url, client.org_id)
