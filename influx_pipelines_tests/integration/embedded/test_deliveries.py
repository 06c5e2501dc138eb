"""What a real 2.9.1 sent to a receiver in seventeen situations: ours sends the same bytes.

Each recording holds the check, the endpoint and the rule, the requests that came, and the rows of
`statuses` and `notifications` afterwards. It is made again at another time, by runs by hand.
"""

from __future__ import annotations

import base64
import csv
import io
import json
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.conformance import replay
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process
DELIVERIES = sorted((replay.FIXTURES / "deliveries").glob("*.json"))
FORMAT = "%Y-%m-%dT%H:%M:%SZ"
Json = dict[str, Any]


class Receiver(ThreadingHTTPServer):
    """Answers by path as the recorded receiver did, and keeps what came."""

    daemon_threads = True

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", port), _Handler)
        self.requests: list[tuple[str, str, dict[str, str], str]] = []
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def __exit__(self, *args: object) -> None:
        self.shutdown()
        self.server_close()


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        self.server.requests.append((self.command, self.path, dict(self.headers), body))
        how = self.path.split("/")[1]
        if how == "dropsecond" and len(self.server.requests) == 2:
            self.close_connection = True
            return
        if how == "hang":  # 40 s in the recording
            time.sleep(1.0)
        status = int(how[1:]) if re.fullmatch(r"s\d+", how) else 200
        self.send_response(status)
        if 300 < status < 400:
            self.send_header("Location", "/landed")
        if status != 204:
            self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST

    def log_message(self, format: str, *args: Any) -> None:
        pass


class Stage:
    """An organisation in which a recording is made again."""

    def __init__(self, server: Embedded, name: str, recorded: Json) -> None:
        self.server, self.recorded = server, recorded
        self.org = self.made("orgs", {"name": name})["id"]
        self.made("buckets", {"orgID": self.org, "name": "metrics", "retentionRules": []})
        times = [run["scheduledFor"] for run in recorded.get("runs", ()) if "scheduledFor" in run]
        times += [row["_time"] for row in recorded["statuses"]]
        first = datetime.fromisoformat(min(times))
        now = datetime.now(UTC)
        recent = now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=4)
        self.later = recent - first.replace(minute=0, second=0)
        self.names: dict[str, str] = {}  # recorded IDs → ours

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.server.request(method, f"/api/v2/{path}", json=body)
        assert answer.status < 300, (method, path, answer.data)
        return answer.json() if answer.data else None

    def made(self, kind: str, body: Json) -> Json:
        found: Json = self.ask("POST", kind, body)
        return found

    def again(self, kind: str, document: Json, **others: Any) -> Json:
        """A recorded document, made here."""
        text = json.dumps({**document, "orgID": self.org, **others, "labels": []})
        made = self.made(kind, json.loads(self.here(text)))
        self.names[document["id"]] = made["id"]
        return made

    def here(self, text: str) -> str:
        """Recorded text with our IDs and times."""
        for recorded, ours in self.names.items():
            text = text.replace(recorded, ours)
        text = re.sub(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", lambda m: self.shifted(m[0]), text)
        nanoseconds = int(self.later.total_seconds()) * 10**9
        return re.sub(r"\b1795\d{15}\b", lambda m: str(int(m[0]) + nanoseconds), text)

    def shifted(self, text: str) -> str:
        return (datetime.fromisoformat(text) + self.later).strftime(FORMAT)

    def write(self) -> None:
        """The points that the recorded statuses tell of."""
        lines = set()
        for row in json.loads(self.here(json.dumps(self.recorded["statuses"]))):
            host = re.sub(r"([, =])", r"\\\1", row["host"])
            stamp = row["_source_timestamp"]
            lines.add(f"cpu,dc={row['dc']},host={host} usage={row['usage']} {stamp}")
        path = f"/api/v2/write?orgID={self.org}&bucket=metrics"
        answer = self.server.request("POST", path, body="\n".join(sorted(lines)).encode())
        assert answer.status == 204, answer.data

    def begun(self, task: str, at: str) -> str:
        """Ask for a run of a task at a recorded time."""
        return str(self.made(f"tasks/{task}/runs", {"scheduledFor": self.shifted(at)})["id"])

    def run(self, task: str, at: str) -> tuple[str, str, list[str]]:
        """The same run to its end: its ID, its status and its log."""
        run = self.begun(task, at)
        return run, *self.ended(task, run)

    def ended(self, task: str, run: str) -> tuple[str, list[str]]:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            found = self.ask("GET", f"tasks/{task}/runs/{run}")
            if found["status"] in ("success", "failed"):
                log = [line["message"] for line in found["log"]]
                return found["status"], [m for m in log if not m.startswith("Started")]
            time.sleep(0.02)
        raise AssertionError("the run did not end")

    def rows(self, measurement: str) -> list[Json]:
        """The rows of a measurement of `_monitoring`, one column a field."""
        flux = f"""import "influxdata/influxdb/v1"
            from(bucket: "_monitoring")
                |> range(start: -1d)
                |> filter(fn: (r) => r._measurement == "{measurement}")
                |> v1.fieldsAsCols()
                |> drop(columns: ["_start", "_stop"])"""
        path = f"/api/v2/query?orgID={self.org}"
        answer = self.server.request("POST", path, json={"query": flux})
        assert answer.status == 200, answer.data
        found, header = [], None
        for row in csv.reader(io.StringIO(answer.data.decode(), newline="")):
            header = None if not row else header or row
            if row and row is not header:
                cells = dict(zip(header or (), row, strict=True))
                found.append({k: v for k, v in cells.items() if k not in ("", "result", "table")})
        return found


Replay = tuple[Stage, Receiver]


def texts(row: Json) -> Json:
    """A recorded row with its values as CSV shows them."""
    shown = {name: str(value) for name, value in row.items()}
    for name, value in row.items():
        if isinstance(value, bool):
            shown[name] = str(value).lower()
        elif isinstance(value, float):
            shown[name] = f"{value:g}"
    return shown


def body_of(request: Json) -> str:
    """The recorded body, byte for byte."""
    if request["body"] is None:
        return ""
    if "raw" in request:
        return str(request["raw"])
    return json.dumps(request["body"], separators=(",", ":"), ensure_ascii=False, sort_keys=True)


def credentials(requests: list[Json]) -> Json:
    """The fields of an endpoint that the recorded header tells."""
    scheme, _, value = requests[0]["headers"].get("Authorization", "").partition(" ")
    if scheme == "Basic":
        user, _, password = base64.b64decode(value).decode().partition(":")
        return {"username": user, "password": password}
    return {"token": value}


def listed(value: Any) -> list[Json]:
    return value if isinstance(value, list) else [value]


def staged(server: Embedded, file: Path, port: int) -> tuple[Stage, str, list[str]]:
    """A recording's data and documents: the stage, the check's task and those of the rules."""
    recorded = json.loads(file.read_text())
    stage = Stage(server, file.stem, recorded)
    stage.write()
    check = stage.again("checks", recorded["check"])
    rules = []
    for endpoint, rule in zip(listed(recorded["endpoint"]), listed(recorded["rule"]), strict=True):
        secrets = credentials(recorded["requests"])
        stage.again("notificationEndpoints", endpoint, url=ported(endpoint["url"], port), **secrets)
        rules.append(stage.again("notificationRules", rule)["taskID"])
    return stage, check["taskID"], rules


def ported(text: str, port: int) -> str:
    return re.sub(r"(127\.0\.0\.1):1812[89]", rf"\1:{port}", text)


def judge(stage: Stage, receiver: Receiver) -> None:
    """Requests and rows are the recorded ones."""
    port, recorded = receiver.server_port, stage.recorded
    expected = []
    for one in recorded["requests"]:
        headers = {n: ported(v, port) for n, v in one["headers"].items()}
        expected.append((one["method"], one["path"], headers, stage.here(body_of(one))))
    came = receiver.requests
    if isinstance(recorded["rule"], list):  # rules ran side by side
        expected, came = sorted(expected, key=str), sorted(came, key=str)
    assert came == expected
    for measurement in ("statuses", "notifications"):
        rows = [texts(row) for row in json.loads(stage.here(json.dumps(recorded[measurement])))]
        assert sorted(stage.rows(measurement), key=str) == sorted(rows, key=str)


def by_hand(server: Embedded, file: Path) -> Replay:
    """Every recorded run asked for, one after the other."""
    with Receiver(0) as receiver:
        port = receiver.server_port
        stage, check, [rule] = staged(server, file, port)
        for run in stage.recorded["runs"]:
            ended = stage.run(check if run["of"] == "check" else rule, run["scheduledFor"])
            assert ended[1:] == (run["status"], [ported(m, port) for m in run["log"]])
    return stage, receiver


def on_schedule(server: Embedded, file: Path) -> Replay:
    """Recorded on schedule, with rules for levels and for changes of level."""
    with Receiver(0) as receiver:
        stage, check, rules = staged(server, file, receiver.server_port)
        for tasks, measurement in (([check], "statuses"), (rules, "notifications")):
            times = sorted({row["_time"] for row in stage.recorded[measurement]})
            begun = [(task, stage.begun(task, at)) for task in tasks for at in times]
            for task, run in begun:
                assert stage.ended(task, run)[0] == "success"
    return stage, receiver


def refused(server: Embedded, file: Path) -> Replay:
    """Nobody listens at first: a retry alone sends, the rule's next run has nothing to send."""
    port = free_port()
    stage, check, [rule] = staged(server, file, port)
    runs = [run for run in stage.recorded["runs"] if "scheduledFor" in run]
    assert stage.run(check, runs[0]["scheduledFor"])[1] == "success"
    failed, status, log = stage.run(rule, runs[1]["scheduledFor"])
    assert (status, log) == ("failed", [ported(m, port) for m in runs[1]["log"]])
    assert stage.rows("notifications") == []
    with Receiver(port) as receiver:
        assert stage.run(rule, runs[2]["scheduledFor"])[1] == "success"
        assert receiver.requests == []
        again = stage.ask("POST", f"tasks/{rule}/runs/{failed}/retry")
        assert stage.ended(rule, again["id"])[0] == "success"
    return stage, receiver


WAYS = {"http-warn-crit-ok-two-hosts.json": on_schedule, "http-refused.json": refused}


@pytest.fixture(scope="module")
def replays(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[Path, Future[Replay]]]:
    """All of them side by side, because runs by hand take their time."""
    with (
        Embedded(tmp_path_factory.mktemp("deliveries"), free_port()) as server,
        ThreadPoolExecutor(len(DELIVERIES)) as pool,
    ):
        server.set_up()
        yield {file: pool.submit(WAYS.get(file.name, by_hand), server, file) for file in DELIVERIES}


@pytest.mark.parametrize("file", DELIVERIES, ids=lambda file: file.stem)
def test_a_delivery_is_what_the_real_server_sent(
    replays: dict[Path, Future[Replay]], file: Path
) -> None:
    judge(*replays[file].result())


def test_another_machine_is_reached_only_with_the_option(tmp_path: Path) -> None:
    """0.0.0.0 is this machine too, but no loopback address."""
    with Receiver(0) as receiver:
        sending = f'http.post(url: "http://0.0.0.0:{receiver.server_port}/x")'
        script = f'import "array" import "http" array.from(rows: [{{_value: {sending}}}])'
        server = Embedded(tmp_path / "data", free_port())
        for option, status in (([], 501), (["--allow-outbound"], 200)):
            server.options += option
            with server:
                server.set_up()
                path = "/api/v2/query?org=org"
                answer = server.request("POST", path, json={"query": script})
                assert answer.status == status, answer.data
                assert len(receiver.requests) == len(option)


def test_credentials_go_in_and_never_come_out(tmp_path: Path) -> None:
    with Embedded(tmp_path / "data", free_port()) as server:
        org = server.set_up().json()["org"]["id"]
        told = []

        def ask(method: str, path: str, /, **body: Any) -> Json:
            answer = server.request(method, f"/api/v2/{path}", json=body or None)
            told.append(answer.data)
            found: Json = answer.json()
            return found

        common = {"orgID": org, "type": "http", "name": "e", "status": "active"}
        where = {"url": "http://127.0.0.1:1/", "method": "POST", "authMethod": "bearer"}
        endpoint = ask("POST", "notificationEndpoints", **common, **where, token="hidden-away")
        assert endpoint["token"] == f"secret: {endpoint['id']}-token"
        ask("PUT", f"notificationEndpoints/{endpoint['id']}", **{**endpoint, "labels": []})
        ask("PATCH", f"notificationEndpoints/{endpoint['id']}", description="d")
        ask("GET", f"notificationEndpoints?orgID={org}")
        ask("GET", f"orgs/{org}/secrets")
        levels = [{"currentLevel": "CRIT"}]
        to = {"endpointID": endpoint["id"], "statusRules": levels, "tagRules": []}
        rule = ask("POST", "notificationRules", **common, **to, every="1h")
        ask("GET", f"notificationRules/{rule['id']}/query")
        ask("GET", f"tasks/{rule['taskID']}")
        assert not [text for text in told if b"hidden-away" in text]
        key = f"{endpoint['id']}-token"
        script = f"""import "array" import "influxdata/influxdb/secrets"
            array.from(rows: [{{_value: secrets.get(key: "{key}")}}])"""
        answer = server.request("POST", "/api/v2/query?org=org", json={"query": script})
        assert b"hidden-away" in answer.data
