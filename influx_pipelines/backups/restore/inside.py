"""What the metadata in a native backup say: tokens, tasks, labels and mappings, as JSON."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from influx_pipelines.backups.restore.manifests import manifest_of
from influx_pipelines.backups.verify.bolt import Bolt
from influx_pipelines.backups.verify.damages import Finds
from influx_pipelines.backups.verify.reading import Raw, gather, unpacked

TOKENS, TASKS, CHECKS = "authorizationsv1", "tasksv1", "checksv1"
LABELS, LABELLED, MAPPINGS = "labelsv1", "labelmappingsv1", "dbrpv1"
KINDS = frozenset({TOKENS, TASKS, CHECKS, LABELS, LABELLED, MAPPINGS})
HASHED = "$influxdb2-sha256$"  # and the digest in base64 of URLs, as 2.9.1 stores it
# Of a token that may do everything, these suffice to tell it from those of one organization.
OPERATOR = {("read", "authorizations"), ("write", "authorizations"), ("write", "buckets")}

Inside = Mapping[str, list[dict[str, Any]]]


def inside(folder: Path) -> Inside:
    """The objects in the metadata of a backup, which was verified, by kind."""
    file = manifest_of(folder).kv
    with closing(Raw(folder / file.file_name, hashed=False)) as raw:
        content = gather(unpacked(raw.pieces()) if file.compression else raw.pieces())
    found: dict[str, list[dict[str, Any]]] = {kind: [] for kind in KINDS}
    for item in Bolt(memoryview(content), Finds()).items():
        kind = item.path[0].decode(errors="replace") if len(item.path) == 1 else ""
        if kind in KINDS:
            found[kind].append(json.loads(item.value))
    return found


@dataclass(frozen=True, repr=False)
class Tokens:
    """The operator tokens of a backup; they are shown to nobody.

    Attributes:
        hashed: whether there are only hashes of them: 2.9 keeps no others.
    """

    hashed: bool
    _operators: tuple[str, ...]

    @classmethod
    def of(cls, found: Inside) -> Tokens:
        """Those of a backup."""
        operators = [token for token in found[TOKENS] if _is_operator(token)]
        clear = tuple(str(token["token"]) for token in operators if token.get("token"))
        hashes = (str(token.get("hashedToken", "")) for token in operators)
        return cls(not clear, clear or tuple(hashes))

    @property
    def any(self) -> bool:
        """Whether there is one at all: without one a server is open to everybody afterwards."""
        return bool(self._operators)

    def has(self, token: str) -> bool:
        """Whether this is one of them."""
        digest = base64.urlsafe_b64encode(hashlib.sha256(token.encode()).digest()).decode()
        wanted = HASHED + digest if self.hashed else token
        same = [hmac.compare_digest(wanted.encode(), one.encode()) for one in self._operators]
        return any(same)


def _is_operator(token: Mapping[str, Any]) -> bool:
    rights: Iterable[Mapping[str, Any]] = token.get("permissions", ())
    everywhere = {
        (right["action"], right["resource"]["type"])
        for right in rights
        if not right["resource"].get("orgID") and not right["resource"].get("id")
    }
    return token.get("status") == "active" and everywhere >= OPERATOR
