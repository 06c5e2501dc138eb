"""Tasks that run: by hand, on schedule, cancelled, killed."""

from __future__ import annotations

import json
import signal
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from influx_pipelines.server.process import free_port
from influx_pipelines_tests.embedded import Embedded

pytestmark = pytest.mark.embedded_process

READ = 'from(bucket: "first") |> range(start: 0)'
# Reads everything once more for every row: minutes of work over a few thousand rows.
SLOW = f"""{READ} |> map(fn: (r) => ({{r with n: length(
    arr: {READ} |> findColumn(fn: (key) => true, column: "_value"))}}))"""
LATER = "2021-01-01T00:00:00Z"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Embedded]:
    with Embedded(tmp_path / "data", free_port()) as found:
        found.set_up()
        yield found


def call(server: Embedded, method: str, path: str, body: Any = None, status: int = 200) -> Any:
    answer = server.request(method, f"/api/v2/{path}", json=body)
    assert answer.status == status, answer.data
    return answer.json() if answer.data else None


def fill(server: Embedded, rows: int) -> None:
    lines = "\n".join(f"m f={n} {1577836800 + n}" for n in range(rows))
    path = "/api/v2/write?org=org&bucket=first&precision=s"
    assert server.request("POST", path, body=lines.encode()).status == 204


def new_task(server: Embedded, script: str, options: str = "every: 1h", **fields: Any) -> str:
    flux = f'option task = {{name: "t", {options}}}\n{script}'
    return call(server, "POST", "tasks", {"org": "org", "flux": flux, **fields}, 201)["id"]


def new_run(server: Embedded, task: str, scheduled: str = LATER) -> str:
    body = {"scheduledFor": scheduled}
    return f"tasks/{task}/runs/" + call(server, "POST", f"tasks/{task}/runs", body, 201)["id"]


def wait(server: Embedded, path: str, done: Callable[[Any], bool], seconds: float = 10) -> Any:
    deadline = time.monotonic() + seconds
    while not done(found := call(server, "GET", path)):
        assert time.monotonic() < deadline, found
        time.sleep(0.03)
    return found


def ended(server: Embedded, run: str) -> Any:
    return wait(server, run, lambda found: found["status"] in ("success", "failed"))


def begun(server: Embedded, run: str) -> Any:
    return wait(server, run, lambda found: found["status"] == "started")


def messages(run: Any) -> list[str]:
    return [line["message"] for line in run["log"]]


def test_a_run_is_seen_scheduled_then_started_then_finished(server: Embedded) -> None:
    fill(server, 3000)
    run = new_run(server, new_task(server, f"{SLOW} |> limit(n: 1)"))
    assert call(server, "GET", run)["status"] == "scheduled"
    assert len(messages(begun(server, run))) == 1
    call(server, "DELETE", run)
    assert call(server, "GET", run)["status"] == "failed"


def test_what_runs_is_stopped_and_counts_as_failed(server: Embedded) -> None:
    fill(server, 3000)
    task = new_task(server, SLOW)
    run = new_run(server, task)
    begun(server, run)
    before = time.monotonic()
    call(server, "DELETE", run)
    assert time.monotonic() - before < 2
    found = call(server, "GET", run)
    assert messages(found)[1:] == [
        "Completed(failed)",
        "could not execute task run: context canceled",
    ]
    assert call(server, "GET", f"tasks/{task}")["lastRunError"] == "Completed(failed)"


def test_a_run_of_the_future_waits_and_can_be_cancelled(server: Embedded) -> None:
    task = new_task(server, READ)
    run = new_run(server, task, "2999-01-01T00:00:00Z")
    assert call(server, "GET", f"tasks/{task}/runs")["runs"] == []
    assert call(server, "GET", f"tasks/{task}/runs?beforeTime=3000-01-01T00:00:00Z")["runs"]
    server.stop()
    server.start()
    assert call(server, "GET", run)["status"] == "scheduled"
    assert ended(server, new_run(server, task))["status"] == "success"
    call(server, "DELETE", run)
    assert call(server, "GET", run)["status"] == "canceled"


def test_a_retry_waits_for_its_time_and_does_not_say_who_asked(server: Embedded) -> None:
    """A run without an end is copied: its time is the future, and nobody asked for the copy."""
    task = new_task(server, READ)
    run = new_run(server, task, "2999-01-01T00:00:00Z")
    again = call(server, "POST", f"{run}/retry", {})
    assert (again["status"], again["scheduledFor"]) == ("scheduled", "2999-01-01T00:00:00Z")
    assert "requestedAt" not in again
    time.sleep(0.4)
    assert call(server, "GET", f"tasks/{task}/runs/{again['id']}") == again


def test_the_first_moment_of_year_one_is_a_time_like_others(server: Embedded) -> None:
    """It was taken for a time that is missing, as other times of a finished run may be."""
    run = new_run(server, new_task(server, READ), "0001-01-01T00:00:00Z")
    assert ended(server, run)["scheduledFor"] == "0001-01-01T00:00:00Z"
    # The logs of a task know no bounds: those of a list were looked for in their query too.
    logs = f"{run.partition('/runs')[0]}/logs?afterTime=2001-01-01T00:00:00Z"
    assert call(server, "GET", logs)["events"]


@pytest.mark.parametrize(
    ("options", "together"), [("every: 1h", 1), ("every: 1h, concurrency: 2", 2)]
)
def test_no_more_runs_of_a_task_at_once_than_it_says(
    server: Embedded, options: str, together: int
) -> None:
    fill(server, 3000)
    task = new_task(server, SLOW, options)
    runs = [new_run(server, task) for _ in range(3)]
    other = new_run(server, new_task(server, READ))
    assert ended(server, other)["status"] == "success"  # a task does not wait for another
    statuses = [call(server, "GET", run)["status"] for run in runs]
    assert sorted(statuses) == ["scheduled"] * (3 - together) + ["started"] * together
    for run in runs:  # the next one begins when one ends
        begun(server, run)
        call(server, "DELETE", run)


def test_lists_and_writes_do_not_wait_for_scripts(server: Embedded) -> None:
    fill(server, 3000)
    run = new_run(server, new_task(server, SLOW))
    begun(server, run)
    before = time.monotonic()
    fill(server, 10)
    call(server, "GET", "tasks?org=org")
    new_task(server, READ)
    assert time.monotonic() - before < 2
    call(server, "DELETE", run)


def test_a_deleted_task_stops_and_leaves_no_run(server: Embedded) -> None:
    fill(server, 3000)
    task = new_task(server, SLOW)
    run = new_run(server, task)
    begun(server, run)
    call(server, "DELETE", f"tasks/{task}", status=204)
    call(server, "GET", run, status=404)
    other = new_task(server, READ)
    assert ended(server, new_run(server, other))["status"] == "success"


def test_runs_that_were_killed_with_the_server_are_failed(server: Embedded) -> None:
    fill(server, 3000)
    task = new_task(server, SLOW)
    running, waiting = new_run(server, task), new_run(server, task)
    begun(server, running)
    server.stop(signal.SIGKILL)
    server.start()
    for run, lines in ((running, 3), (waiting, 2)):
        found = call(server, "GET", run)
        assert found["status"] == "failed"
        assert len(messages(found)) == lines
        assert "server stopped before this run came to its end" in messages(found)[-1]
    assert call(server, "GET", f"tasks/{task}")["lastRunStatus"] == "failed"


def test_a_stop_during_a_run_is_quick_and_marks_it_failed(server: Embedded) -> None:
    fill(server, 3000)
    run = new_run(server, new_task(server, SLOW))
    begun(server, run)
    before = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - before < 3
    server.start()
    assert "server stopped" in messages(call(server, "GET", run))[-1]


def test_a_script_of_flux_reads_the_finished_runs(server: Embedded) -> None:
    task = new_task(server, READ)
    ended(server, new_run(server, task))
    flux = f"""from(bucket: "_tasks") |> range(start: -1h)
        |> filter(fn: (r) => r.taskID == "{task}" and r._field == "logs")
        |> keep(columns: ["_value", "status"])"""
    answer = server.request("POST", "/api/v2/query?org=org", json={"query": flux}).data.decode()
    assert "success" in answer
    assert "|\\u003e range" in answer  # as Go writes JSON


def test_what_others_write_among_the_runs_breaks_nothing(server: Embedded) -> None:
    task = new_task(server, READ)
    run = new_run(server, task)
    ended(server, run)
    tags = f"runs,taskID={task},status=success"
    lines = f'{tags} runID="x"\n{tags} runID="y",scheduledFor="2021-01-01T00:00:00Z",logs="{{"'
    path = "/api/v2/write?org=org&bucket=_tasks"
    assert server.request("POST", path, body=lines.encode()).status == 204
    assert call(server, "GET", f"tasks/{task}/runs")["runs"][0]["id"] in run
    assert call(server, "GET", f"tasks/{task}/logs")["events"]


def test_a_task_runs_at_its_times(tmp_path: Path) -> None:
    with Embedded(tmp_path, free_port(), scheduler=True) as server:
        server.set_up()
        active = new_task(server, READ, "every: 1s, offset: -1s")
        idle = new_task(server, READ, "every: 1s", status="inactive")
        found = wait(server, f"tasks/{active}/runs", lambda found: len(found["runs"]) > 2)["runs"]
        times = [int(run["scheduledFor"][17:19]) for run in found]
        assert all((late - soon) % 60 == 1 for late, soon in pairwise(times))
        assert all("requestedAt" not in run for run in found)
        assert call(server, "GET", f"tasks/{idle}/runs")["runs"] == []
        call(server, "PATCH", f"tasks/{active}", {"status": "inactive"})
        call(server, "PATCH", f"tasks/{idle}", {"status": "active"})
        time.sleep(1.2)
        before = len(call(server, "GET", f"tasks/{active}/runs")["runs"])
        wait(server, f"tasks/{idle}/runs", lambda found: len(found["runs"]) > 1)
        assert len(call(server, "GET", f"tasks/{active}/runs")["runs"]) == before


def test_without_its_scheduler_a_server_runs_nothing_by_itself(server: Embedded) -> None:
    task = new_task(server, READ, 'cron: "* * * * * *"')
    time.sleep(1.5)
    assert call(server, "GET", f"tasks/{task}/runs")["runs"] == []


def test_many_runs_at_once_all_come_to_an_end(server: Embedded) -> None:
    fill(server, 10)
    tasks = [new_task(server, f"{READ} |> sum()", "every: 1h, concurrency: 3") for _ in range(4)]
    runs: list[str] = []
    threads = [
        threading.Thread(target=lambda task=task: runs.append(new_run(server, task)))
        for task in tasks * 4
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {ended(server, run)["status"] for run in runs} == {"success"}
    assert all(len(call(server, "GET", f"tasks/{task}/runs")["runs"]) == 4 for task in tasks)


def test_garbage_is_refused_and_never_a_failure_of_ours(server: Embedded) -> None:
    task = new_task(server, READ)
    run = new_run(server, task)
    bodies = (b"", b"{", b"[]", b"null", b'"x"', b"\xff", json.dumps({"flux": 5}).encode())
    bodies += (b'{"every": "1x"}', b'{"offset": []}', b'{"scheduledFor": {}}', b'{"orgID": 1}')
    for path in ("tasks", f"tasks/{task}", f"tasks/{task}/runs", f"{run}/retry", "tasks/x/runs/y"):
        for body in bodies:
            for method in ("POST", "PATCH", "PUT"):
                answer = server.request(method, f"/api/v2/{path}", body=body)
                assert answer.status not in (500, 501), (method, path, body, answer.data[:200])


def test_the_official_client_works_with_tasks(server: Embedded) -> None:
    from influxdb_client import InfluxDBClient

    with InfluxDBClient(server.url, server.token, org="org") as client:
        api, owner = client.tasks_api(), client.organizations_api().find_organizations()[0]
        made = api.create_task_every("official", READ, "1d", owner)
        run = api.run_manually(made.id)
        ended(server, f"tasks/{made.id}/runs/{run.id}")
        assert [found.id for found in api.get_runs(made.id)] == [run.id]
        assert api.get_run_logs(made.id, run.id)[-1].message == "Completed(success)"
        api.delete_task(made.id)
        assert api.find_tasks(name="official") == []
