"""Encryption with age (age-encryption.org): for public keys, opened with the secret one of any."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from influx_pipelines.backups.copies.streams import Digesting
from influx_pipelines.backups.errors import BrokenDownload, CopyRefused

SUFFIX = ".age"
_SECRET = "AGE-SECRET-KEY-"

Recipient = Any
Identity = Any


def parse_recipients(text: str) -> tuple[Recipient, ...]:
    """The keys of the setting, separated by commas; none for "".

    Raises:
        CopyRefused: one is no public key; the message does not repeat it.
    """
    from pyrage import RecipientError, x25519

    found = []
    for number, key in enumerate(filter(None, (part.strip() for part in text.split(","))), 1):
        where = f"INFLUX_PIPELINES_BACKUP_RECIPIENTS, key {number}"
        if key.upper().startswith(_SECRET):
            raise CopyRefused(
                f"{where} is a secret key, which must not stand there. Give its public key "
                "(`age-keygen -y FILE`) and take the secret one for compromised."
            )
        try:
            found.append(x25519.Recipient.from_str(key))
        except RecipientError as error:
            raise CopyRefused(f"{where} is no public key of age (`age1…`): {error}.") from None
    if text.strip() and not found:
        raise CopyRefused("INFLUX_PIPELINES_BACKUP_RECIPIENTS names no key, only commas.")
    return tuple(found)


def load_identities(path: Path) -> tuple[Identity, ...]:
    """The secret keys of a file that `age-keygen` wrote; lines with # are comments.

    Raises:
        CopyRefused: it cannot be read, or holds no key or something else.
    """
    from pyrage import IdentityError, x25519

    try:
        lines = path.read_text(errors="replace").splitlines()
    except OSError as error:
        raise CopyRefused(f"{path} cannot be read: {error.strerror}.") from None
    found = []
    for number, line in enumerate(map(str.strip, lines), 1):
        if not line or line.startswith("#"):
            continue
        try:
            found.append(x25519.Identity.from_str(line))
        except IdentityError:
            raise CopyRefused(
                f"{path}, line {number}: no secret key of age (`{_SECRET}1…`)."
            ) from None
    if not found:
        raise CopyRefused(f"{path} holds no secret key of age.")
    return tuple(found)


def encrypt(source: Digesting, target: Digesting, recipients: Sequence[Recipient]) -> None:
    """Encrypt a stream in bounded memory.

    Raises:
        Exception: what the source or the target raised.
    """
    import pyrage

    try:
        pyrage.encrypt_io(source, target, list(recipients))
    except pyrage.EncryptError:
        _raise_own(source, target)
        raise
    _raise_own(source, target)  # at the end of a file an error of the target is passed over


def decrypt(
    source: Digesting, target: Digesting, identities: Sequence[Identity], name: str
) -> None:
    """Decrypt a stream in bounded memory.

    Raises:
        CopyRefused: none of the keys opens it.
        BrokenDownload: it is cut off or changed.
        Exception: what the source or the target raised.
    """
    import pyrage

    try:
        pyrage.decrypt_io(source, target, list(identities))
    except (pyrage.DecryptError, OSError) as error:
        _raise_own(source, target)
        if "No matching keys" in str(error):
            raise CopyRefused(f"{name} is encrypted for other keys than the ones given.") from None
        raise BrokenDownload(f"{name} cannot be decrypted, it is damaged: {error}.") from None
    _raise_own(source, target)


def _raise_own(*streams: Digesting) -> None:
    for stream in streams:
        if stream.error is not None:
            raise stream.error from None
