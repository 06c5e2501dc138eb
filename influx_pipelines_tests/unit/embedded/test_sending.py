"""The packages `http`, `slack` and `monitor` on the engine alone."""

from __future__ import annotations

import json
from typing import Any

import pytest

from influx_pipelines.embedded.engine.errors import FluxError
from influx_pipelines.embedded.outbound import NotAllowed
from influx_pipelines_tests.unit.embedded.flux import Nothing, results, value

IMPORTS = "".join(
    f'import "{name}" '
    for name in ("array", "http", "slack", "influxdata/influxdb/monitor", "internal/debug")
)
STATUS = '_measurement: "statuses", _type: "threshold", _check_id: "a", _check_name: "c", host: "h"'


class Sending(Nothing):
    """A reader that keeps what is sent and answers as the address says."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[tuple[str, dict[str, str], bytes]] = []

    def post(self, url: str, headers: dict[str, str], body: bytes, deadline: float) -> int:
        if url.startswith("http://far"):
            raise NotAllowed("far")
        self.sent.append((url, headers, body))
        return int(url[-3:])


def run(script: str) -> tuple[list[dict[str, Any]], Sending]:
    reader = Sending()
    return results(f"{IMPORTS}{script}", reader)["_result"], reader


def statuses(*levels: str) -> str:
    rows = (
        f'{{{STATUS}, _level: "{level}", _time: 2020-01-01T00:00:0{i}Z, _source_timestamp: {i}}}'
        for i, level in enumerate(levels)
    )
    return f"array.from(rows: [{', '.join(rows)}])"


def test_another_machine_is_refused_with_the_option_that_allows_it() -> None:
    with pytest.raises(FluxError, match=r"http.post to far .*--allow-outbound.* not supported by"):
        run('array.from(rows: [{s: http.post(url: "http://far/")}])')


@pytest.mark.parametrize(("status", "sent"), [(200, "true"), (204, "false"), (500, "false")])
def test_an_endpoint_adds_what_became_of_each_row(status: int, sent: str) -> None:
    rows, reader = run(
        f"""send = http.endpoint(url: "u/{status}")(mapFn: (r) =>
            ({{headers: {{a: r._level}}, data: bytes(v: r._level)}}))
        {statuses("crit", "ok")} |> send()"""
    )
    assert reader.sent == [(f"u/{status}", {"a": n}, n.encode()) for n in ("crit", "ok")]
    assert {(row["_status"], row["_sent"]) for row in rows} == {(str(status), sent)}


@pytest.mark.parametrize(("status", "sent"), [(204, "true"), (404, "false")])
def test_slack_takes_any_200(status: int, sent: str) -> None:
    rows, reader = run(
        f"""send = slack.endpoint(url: "u/{status}", token: "t")(mapFn: (r) =>
            ({{channel: "", text: "<b> ${{r.host}}", color: "#00ff00"}}))
        {statuses("crit")} |> send()"""
    )
    ((_, headers, body),) = reader.sent
    assert headers["Authorization"] == "Bearer t"
    shown = {"color": "#00ff00", "mrkdwn_in": ["text"], "text": "<b> h"}
    assert json.loads(body) == {"channel": "", "attachments": [shown]}
    assert b"\\u003cb\\u003e" in body
    assert rows[0]["_sent"] == sent


@pytest.mark.parametrize("colour", ["", "red", "#", "#1000000", "#-1", "#00ff0g"])
def test_colours_that_are_none(colour: str) -> None:
    with pytest.raises(FluxError):
        value(f'slack.validateColorString(color: "{colour}")', "slack")


def test_a_path_segment_is_escaped() -> None:
    assert (
        value('http.pathEscape(inputString: "a/b c?é$&+:=@")', "http") == "a%2Fb%20c%3F%C3%A9$&+:=@"
    )


@pytest.mark.parametrize(
    ("levels", "which", "found"),
    [
        (("ok", "crit", "crit", "ok"), "", [1, 3]),
        (("ok", "crit", "ok"), 'fromLevel: "ok", toLevel: "crit"', [1]),
        (("ok", "warn", "crit"), 'fromLevel: "ok", toLevel: "crit"', []),
        (("crit", "ok", "warn", "crit"), 'fromLevel: "crit"', [1]),
        (("odd", "crit", "crit"), 'toLevel: "crit"', [1]),
        (("crit",), "", []),
    ],
)
def test_changes_of_level(levels: tuple[str, ...], which: str, found: list[int]) -> None:
    script = f'{statuses(*levels)} |> group(columns: ["_level", "host"])'
    rows, _ = run(f"{script} |> monitor.stateChanges({which})")
    assert sorted(row["_source_timestamp"] for row in rows) == found


def test_what_is_written_may_be_replaced() -> None:
    rows, reader = run(
        f"""option monitor.log = (tables=<-) => tables |> limit(n: 1)
        {statuses("ok", "ok")}
            |> monitor.notify(data: {{rule: "r"}}, endpoint: (tables=<-) =>
                tables |> map(fn: (r) => ({{r with _sent: "true"}})))"""
    )
    assert [(row["rule"], row["_measurement"]) for row in rows] == [("r", "notifications")]
    assert reader.written == []


def test_the_first_level_that_is_true_is_taken_and_null_is_not() -> None:
    rows, _ = run(
        """option monitor.write = (tables=<-) => tables
        array.from(rows: [{_time: 2020-01-01T00:00:00Z, _measurement: "m", v: 1.0, w: 1.0}])
            |> map(fn: (r) => ({r with w: debug.null(type: "float")}))
            |> monitor.check(
                data: {_check_id: "a", _check_name: "b", _type: "c", tags: {area: "x"}},
                crit: (r) => r.w > 0.0,
                info: (r) => r.v > 0.0,
                warn: (r) => r.v > 0.5,
                messageFn: (r) => "${r._level} ${r.area}",
            )"""
    )
    assert [(row["_message"], row["area"]) for row in rows] == [("warn x", "x")]
    assert rows[0]["_source_measurement"] == "m"
