"""The restore routes of an InfluxDB 2.9, as a real server was seen to answer them.

A bucket is made on the server behind, and the files of its shards are decoded into it, so that what
is counted afterwards is real. What a real server forgives is forgiven: rubbish in the place of a
shard is 200, tombstones are forgotten, names inside of an archive are ignored, and a shard that is
put in another's place gives no point to a query, whose range asks each shard for its own times.
"""

from __future__ import annotations

import gzip
import io
import json
import tarfile
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import urllib3

from influx_pipelines.backups.instants import nanoseconds
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import TsmFile
from influx_pipelines.backups.tsm.lines import lines_of
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.server.connection import Connection
from influx_pipelines_tests.services.native import (
    Asked,
    NativeServer,
    error,
    json_answer,
)
from influx_pipelines_tests.services.nativefaults import Sent, send

RESTORE = "/api/v2/restore/"
INTERNAL = "An internal error has occurred - check server logs"
OF_SAMPLES = "throw-away-operator-token"  # in both sets
NO_OPERATOR = "invalid backup without an operator token"
DOWNGRADE = 'metadata is newer than this server: run the "influxd downgrade" command'


class Place(NamedTuple):
    """Where the points of a shard go."""

    org_id: str
    bucket_id: str
    start: int
    stop: int


class RestoringServer(NativeServer):
    """Restores into the server behind; the operator's token here is not the one there.

    Attributes:
        misplaced: new ID of a shard → that of the one in whose place it ends up.
        whole: sets whose key-value store the server understands.
        received: number of bytes of each body that was sent to a restore route.
    """

    def __init__(self, folder: Path, behind: Connection, org: str) -> None:
        super().__init__(folder, behind.url)
        self.behind, self.org = behind, org
        self.places: dict[int, Place] = {}
        self.misplaced: dict[int, int] = {}
        self.whole = [folder]
        self.received: list[tuple[str, int]] = []

    def _handle(self, handler: BaseHTTPRequestHandler) -> None:
        path = urlsplit(handler.path).path
        if not path.startswith(RESTORE):
            super()._handle(handler)
            return
        headers = {name.lower(): value for name, value in handler.headers.items()}
        body = handler.rfile.read(int(headers.get("content-length") or 0))
        asked = Asked(handler.command, path, {}, headers)
        with self.lock:
            self.asked.append(asked)
            self.received.append((path, len(body)))
            fault = self.break_answer(asked, len(self.asked))
        if fault and fault.kind == "status":
            answer = error(fault.at, "internal error", "broken on purpose")
        else:
            answer = self.refused(asked) or self._restore(asked, body)
        answer.headers["X-Influxdb-Version"] = self.version
        send(handler, answer, False, fault, self.restart)

    def _forward(self, handler: BaseHTTPRequestHandler, body: bytes) -> urllib3.BaseHTTPResponse:
        if handler.headers.get("Authorization") == f"Token {self.token}":
            handler.headers.replace_header("Authorization", f"Token {self.behind.token}")
        return super()._forward(handler, body)

    # ------------------------------------------------------------------ answers

    def _restore(self, asked: Asked, body: bytes) -> Sent:
        what, _, number = asked.path.removeprefix(RESTORE).partition("/")
        if what == "bucketMetadata":
            return self._bucket(body)
        if asked.headers.get("content-encoding") == "gzip":
            if not body.startswith(b"\x1f\x8b"):
                return self._panic()
            body = _unpacked(body)
        if what == "kv":
            return self._kv(body)
        if what == "sql":
            return Sent(200, {}, b"")
        if what == "shards" and number.isdecimal() and int(number) in self.places:
            place = self.places[self.misplaced.get(int(number), int(number))]
            self._write(place, b"".join(_lines(body, place)))
            return Sent(200, {}, b"")
        return error(500, "internal error", INTERNAL)

    def _panic(self) -> Sent:
        """Both errors of a damaged body, one after the other."""
        first = error(400, "invalid", "failed to decode gzip request body")
        second = error(500, "internal error", "a panic has occurred")
        return Sent(400, first.headers, first.plain + second.plain)

    def _bucket(self, body: bytes) -> Sent:
        try:
            entry = json.loads(body)
        except ValueError:
            return error(400, "invalid", "failed to unmarshal json: invalid character")
        if len(entry["retentionPolicies"]) != 1:
            text = "bucket must have 1 retention policy; attempting to restore 0 retention policies"
            return error(500, "internal error", text)
        made = self._make(entry, entry["organizationID"])
        if "id" not in made:
            name = entry["bucketName"]
            return error(422, "conflict", f"bucket with name {name} already exists")
        first = max(self.places, default=100)
        old = list(_shards(entry))
        pairs = [{"oldId": shard, "newId": first + n} for n, (shard, _) in enumerate(old, 1)]
        for pair, (_, group) in zip(pairs, old, strict=True):
            self.places[pair["newId"]] = _place(entry["organizationID"], made["id"], group)
        about = {"id": made["id"], "name": made["name"], "shardMappings": pairs}
        return json_answer(about, 201)

    def _kv(self, body: bytes) -> Sent:
        """Everything is replaced by what the backup has, and no old token is known any more."""
        for folder in self.whole:
            other = NativeServer(folder)
            other.server.server_close()
            if other.kv == body:
                break
        else:
            return error(500, "internal error", NO_OPERATOR)
        hashed = f'"{OF_SAMPLES}"'.encode() not in body
        if hashed and self.version < "v2.9":
            return error(500, "internal error", DOWNGRADE)
        manifest = json.loads(next(folder.glob("*.manifest")).read_bytes())
        for name in {self.org, *(entry["organizationName"] for entry in manifest["buckets"])}:
            self._empty(self._org(name))
        self.places = {}
        for entry in manifest["buckets"]:
            org_id = self._org(entry["organizationName"])
            made = self._make(entry, org_id)
            for shard, group in _shards(entry) if "id" in made else ():
                self.places[shard] = _place(org_id, made["id"], group)
        self.token = OF_SAMPLES
        return json_answer({"token": "" if hashed else OF_SAMPLES})

    # ------------------------------------------------------------------ the server behind

    def _call(self, method: str, path: str, body: bytes | None = None, **params: str) -> Any:
        answer = self.pool.request_encode_url(
            method,
            self.target + path,
            fields=params,
            headers={"Authorization": f"Token {self.behind.token}"},
            **({} if body is None else {"body": body}),
        )
        return json.loads(answer.data) if answer.data else {}

    def _make(self, entry: dict[str, Any], org_id: str) -> Any:
        policy = entry["retentionPolicies"][0]
        rule = {
            "type": "expire",
            "everySeconds": policy["duration"] // 10**9,
            "shardGroupDurationSeconds": policy["shardGroupDuration"] // 10**9,
        }
        asked = {
            "orgID": org_id,
            "name": entry["bucketName"],
            "description": entry.get("description", ""),
            "retentionRules": [rule],
        }
        return self._call("POST", "/api/v2/buckets", json.dumps(asked).encode())

    def _empty(self, org_id: str) -> None:
        found = self._call("GET", "/api/v2/buckets", orgID=org_id, limit="100")["buckets"]
        for bucket in found:
            if bucket["type"] != "system":
                self._call("DELETE", f"/api/v2/buckets/{bucket['id']}")

    def _org(self, name: str) -> str:
        found = self._call("GET", "/api/v2/orgs", org=name).get("orgs", [])
        if not found:
            found = [self._call("POST", "/api/v2/orgs", json.dumps({"name": name}).encode())]
        return str(found[0]["id"])

    def _write(self, place: Place, lines: bytes) -> None:
        if lines:
            self._call("POST", "/api/v2/write", lines, orgID=place.org_id, bucket=place.bucket_id)


def _place(org_id: str, bucket_id: str, group: dict[str, Any]) -> Place:
    return Place(org_id, bucket_id, nanoseconds(group["startTime"]), nanoseconds(group["endTime"]))


def _shards(entry: dict[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    for policy in entry["retentionPolicies"]:
        for group in policy["shardGroups"]:
            for shard in group["shards"]:
                yield shard["id"], group


def _unpacked(body: bytes) -> bytes:
    """As far as it can be unpacked."""
    unpacked = b""
    with suppress(OSError, EOFError), gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
        while part := file.read(512):
            unpacked += part
    return unpacked


def _lines(tar: bytes, place: Place) -> Iterator[bytes]:
    """The points of an archive that a query finds in a place; what is damaged is left out."""
    files = []
    with suppress(tarfile.TarError), tarfile.open(fileobj=io.BytesIO(tar), mode="r|") as archive:
        for entry in archive:
            content = archive.extractfile(entry)
            if content is not None and entry.name.endswith(".tsm"):
                with suppress(TsmError):
                    files.append(TsmFile(content.read()))
    with suppress(TsmError):
        for found in Shard(files).points():
            seen = (found.times >= place.start) & (found.times < place.stop)
            times, values = found.times[seen], found.values[seen]
            yield lines_of(found.series, found.field, found.type, times, values)
