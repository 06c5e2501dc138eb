"""Buckets as files and back: nothing lost, nothing changed, whatever happens on the way."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pandas as pd
import pyarrow.parquet as pq
import pytest

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.errors import InfluxError
from influx_pipelines.server.connection import Connection
from influx_pipelines.transfer import manifest as manifests
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.exporting import Export
from influx_pipelines.transfer.foreign import ForeignFiles
from influx_pipelines.transfer.importing import Import
from influx_pipelines.transfer.manifest import damage
from influx_pipelines.transfer.request import ExportRequest
from influx_pipelines_tests.contents import contents
from influx_pipelines_tests.project import Project
from influx_pipelines_tests.proxy import Proxy

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAYS = 15
NS = 1_000_000_000
SCRIPT = """
from(bucket: params.bucket)
    |> range(start: params.start, stop: params.stop)
    |> filter(fn: (r) => r._measurement == "cpu" and r._field == "idle")
"""
FORMATS = [("csv", False), ("csv", True), ("parquet", False), ("lp", False), ("lp", True)]


def at(day: float, ns: int = 0) -> int:
    return int((MONDAY + timedelta(days=day)).timestamp()) * NS + ns


# Names and values that files, CSV and line protocol each have trouble with; types that change
# from one shard group (a week) to the next.
HOSTILE = "\n".join(
    [
        f"cpu,host=a,zone=eu idle=1.5,n=3i,u=18446744073709551615u,ok=true {at(0, 1)}",
        f"cpu,host=a,zone=eu idle=-0,n=-9223372036854775808i,u=0u,ok=false {at(0, 2)}",
        f"cpu,host=b idle=0.1 {at(0, 1)}",
        f"cpu idle=5e-324,n=9223372036854775807i {at(1)}",
        f'cpu,host=a host="a tag is called so too",empty="" {at(1, 1)}',
        f'text s="",t="" {at(0)}',
        f'text s="two\nlines, \\"quoted\\"; \\\\ back",t=" " {at(1)}',
        f'text,tag=x s="null",t="NaN" {at(2)}',
        f'text,tag=x s="\t#datatype",t="☀ü" {at(2, 999)}',
        rf"a/../..\ b\,c,t\ \=g=v\ \,\=\\w ü☀\ =1 {at(3, 999_999_999)}",
        f"../etc f=1 {at(3)}",
        f".. f=1 {at(3)}",
        f"{'ü' * 150} f=1 {at(3)}",
        f"{'ü' * 151} f=2 {at(3)}",
        f"changing f=1 {at(6.9)}",
        f'changing f="one" {at(7.1)}',
        f"changing f=1i {at(14.5)}",
        f"odd,result=r,table=t,error=e f=1 {at(5)}",
    ]
)


@pytest.fixture
def hostile(influx: Influx) -> Influx:
    influx.create_bucket("from", retention_seconds=0)
    influx.create_bucket("to", retention_seconds=0)
    influx.write_lines(HOSTILE.encode(), bucket="from")
    return influx


def request(format: str = "csv", gzip: bool = False, **options: str) -> ExportRequest:
    stop = (MONDAY + timedelta(days=DAYS)).isoformat()
    given = {"start": MONDAY.isoformat(), "stop": stop, **options}
    return ExportRequest("from", format, gzip=gzip, **given)  # type: ignore[arg-type]


def export(client: Influx, folder: Path, wanted: ExportRequest) -> Export:
    work = Export(client, wanted, folder)
    list(work.steps())
    return work


@pytest.mark.parametrize(("format", "gzip"), FORMATS)
def test_a_hostile_bucket_comes_back_equal(
    hostile: Influx, tmp_path: Path, format: str, gzip: bool
) -> None:
    export(hostile, tmp_path / "out", request(format, gzip, window="30d"))
    Import(hostile, tmp_path / "out", "to").run()
    before = contents(hostile, "from", MONDAY, DAYS)
    assert len(before) == 30
    assert contents(hostile, "to", MONDAY, DAYS) == before
    outside = {path.name for path in tmp_path.iterdir()} - {"out"}
    assert outside == set()


def test_a_window_that_is_too_much_for_the_memory_is_read_in_halves(
    hostile: Influx, tmp_path: Path
) -> None:
    lines = "\n".join(f"many,host=h{n % 3} f={n},g={n}i {at(10, n * 10**9)}" for n in range(5_000))
    hostile.write_lines(lines.encode(), bucket="from")
    work = Export(hostile, request(window="1d"), tmp_path / "out")
    work.source.largest = 30_000  # type: ignore[attr-defined]
    list(work.steps())
    files = [file for window in work.manifest.windows for file in window.files]
    many = [file for file in files if work.manifest.schema_of(file).measurement == "many"]
    assert len(many) > 4
    assert sum(file.rows for file in many) == 5_000
    Import(hostile, tmp_path / "out", "to").run()
    assert contents(hostile, "to", MONDAY, DAYS) == contents(hostile, "from", MONDAY, DAYS)


def test_other_tools_read_the_files(hostile: Influx, tmp_path: Path) -> None:
    export(hostile, tmp_path / "csv", request("csv"))
    frame = pd.read_csv(tmp_path / "csv/measurement=cpu/20260302T000000Z.csv", parse_dates=["time"])
    assert list(frame) == ["time", "host", "zone", "idle", "n", "ok", "u"]
    assert frame["time"].iloc[0] == pd.Timestamp(at(0, 1), tz="UTC")
    export(hostile, tmp_path / "parquet", request("parquet", measurements=("cpu", "a/../.. b,c")))
    found = pq.read_table(tmp_path / "parquet", partitioning="hive").to_pandas()
    assert set(found["measurement"]) == {"cpu", "a/../.. b,c"}
    assert len(found) == 6
    cpu = pd.read_parquet(tmp_path / "parquet/measurement=cpu")
    assert cpu["u"].max() == 2**64 - 1
    assert sorted(cpu["time"].astype("int64"))[:2] == [at(0, 1), at(0, 1)]


# ------------------------------------------------------------------ going on


def test_the_same_export_again_does_nothing_and_another_one_is_refused(
    hostile: Influx, tmp_path: Path
) -> None:
    export(hostile, tmp_path / "out", request())
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.csv")}
    again = Export(hostile, request(), tmp_path / "out")
    assert again.resumed
    assert list(again.steps()) == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.csv")} == before
    with pytest.raises(TransferError, match="format 'csv' and not 'lp'"):
        Export(hostile, request("lp"), tmp_path / "out")
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").touch()
    with pytest.raises(TransferError, match="not empty"):
        Export(hostile, request(), tmp_path / "full")


def test_an_export_until_now_goes_on_and_renews_its_last_window(
    hostile: Influx, tmp_path: Path
) -> None:
    wanted = request(stop="now")
    noon = MONDAY + timedelta(days=1.5)
    first = Export(hostile, wanted, tmp_path / "out", now=noon)
    list(first.steps())
    assert first.manifest.windows[-1].stop == noon
    hostile.write_lines(f"cpu idle=7 {at(1.6)}".encode(), bucket="from")
    second = Export(hostile, wanted, tmp_path / "out", now=MONDAY + timedelta(days=DAYS))
    steps = list(second.steps())
    assert steps[0].window.start == MONDAY + timedelta(days=1)
    Import(hostile, tmp_path / "out", "to").run()
    assert contents(hostile, "to", MONDAY, DAYS) == contents(hostile, "from", MONDAY, DAYS)
    named = {file.path for window in second.manifest.windows for file in window.files}
    there = {str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.csv")}
    assert there == named


def test_points_that_are_gone_from_the_last_window_are_gone_from_the_files(
    hostile: Influx, tmp_path: Path
) -> None:
    wanted = request(stop="now", measurements=("text",))
    first = Export(hostile, wanted, tmp_path / "out", now=MONDAY + timedelta(days=2.5))
    list(first.steps())
    body = {
        "start": (MONDAY + timedelta(days=2)).isoformat(),
        "stop": (MONDAY + timedelta(days=3)).isoformat(),
    }
    params = {"org": hostile.org, "bucket": "from"}
    hostile.request("POST", "/api/v2/delete", params=params, json=body)
    second = Export(hostile, wanted, tmp_path / "out", now=MONDAY + timedelta(days=2.6))
    assert list(second.steps()) == []
    starts = [window.start for window in second.manifest.windows]
    assert starts == [MONDAY, MONDAY + timedelta(days=1)]
    assert len(list((tmp_path / "out").rglob("*.csv"))) == 2


@pytest.fixture
def project(tmp_path: Path, server: Connection, influx: Influx) -> Project:
    """The command line against the fresh organisation."""
    return Project(
        tmp_path / "project",
        INFLUXDB_URL=server.url,
        INFLUXDB_TOKEN=server.token,
        INFLUXDB_ORG=influx.org,
        INFLUX_PIPELINES_RETRY_SECONDS="0.5",
    )


def test_a_killed_export_loses_only_the_window_in_work(hostile: Influx, project: Project) -> None:
    """Killed with SIGKILL in the middle; what the manifest names is whole, and the rest follows."""
    lines = "\n".join(f"many f={n} {at(8, n * 60 * NS)}" for n in range(400))
    hostile.write_lines(lines.encode(), bucket="from")
    stop = (MONDAY + timedelta(days=DAYS)).isoformat()
    command = ["data", "export", "from", "out", "--start", MONDAY.isoformat(), "--stop", stop]
    command += ["--window", "1m", "--format", "parquet"]
    child = project.start(*command)
    out = project.folder / "out"
    try:
        assert _wait(lambda: len(list(out.rglob("*.parquet"))) > 30)
    finally:
        os.kill(child.pid, signal.SIGKILL)
        child.communicate()
    found = manifests.load(out)
    assert found is not None
    assert 0 < len(found.windows) < 400
    assert [damage(out, file) for window in found.windows for file in window.files] == [""] * sum(
        len(window.files) for window in found.windows
    )
    done = project.run(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Going on with the export in out at 2026-03" in done.stdout
    assert list(out.rglob("*.part")) == []
    Import(hostile, out, "to").run()
    assert contents(hostile, "to", MONDAY, DAYS) == contents(hostile, "from", MONDAY, DAYS)


def _wait(ready: object, seconds: float = 60.0) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if ready():  # type: ignore[operator]
            return True
        time.sleep(0.02)
    return False


def test_an_import_that_broke_off_sends_only_the_rest(
    hostile: Influx, server: Connection, tmp_path: Path
) -> None:
    export(hostile, tmp_path / "out", request("lp"))
    with Proxy(server.url) as proxy, Influx(proxy.url, server.token, hostile.org) as client:
        proxy.fault = lambda method, path, number: (
            "deny" if path == "/api/v2/write" and _writes(proxy) > 3 else None
        )
        broken = Import(client, tmp_path / "out", "to")
        with pytest.raises(InfluxError, match="refused on purpose"):
            broken.run()
        proxy.fault = lambda method, path, number: None
        proxy.requests.clear()
        rest = Import(client, tmp_path / "out", "to")
        assert len(rest.left) == len(rest.works) - 3
        rest.run()
        assert _writes(proxy) == len(rest.left)
        assert Import(client, tmp_path / "out", "to").left == []
        assert len(Import(client, tmp_path / "out", "to", again=True).left) == len(rest.works)
    assert contents(hostile, "to", MONDAY, DAYS) == contents(hostile, "from", MONDAY, DAYS)


def _writes(proxy: Proxy) -> int:
    return sum(path == "/api/v2/write" for _, path in proxy.requests)


# ------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(("format", "gzip"), FORMATS)
def test_a_damaged_file_is_named_before_anything_is_written(
    hostile: Influx, tmp_path: Path, format: str, gzip: bool
) -> None:
    work = export(hostile, tmp_path / "out", request(format, gzip))
    path = tmp_path / "out" / work.manifest.windows[3].files[0].path
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    with pytest.raises(TransferError) as caught:
        Import(hostile, tmp_path / "out", "to")
    assert str(path) in str(caught.value)
    assert "Nothing was imported" in str(caught.value)
    assert contents(hostile, "to", MONDAY, DAYS) == set()


def test_refused_points_are_counted_and_sent_again_by_the_next_import(
    hostile: Influx, tmp_path: Path
) -> None:
    export(hostile, tmp_path / "out", request("lp", measurements=("changing",)))
    hostile.write_lines(f'changing f="other" {at(6.8)}'.encode(), bucket="to")
    total = Import(hostile, tmp_path / "out", "to").run()
    assert (total.points, total.dropped) == (2, 1)
    assert "float" in str(total.reasons)
    again = Import(hostile, tmp_path / "out", "to")
    assert [Path(work.path).parts[0] for work in again.left] == ["measurement=changing"]


# ------------------------------------------------------------------ aggregates and scripts


def test_an_aggregate_leaves_out_what_it_cannot_take(hostile: Influx, tmp_path: Path) -> None:
    work = export(hostile, tmp_path / "out", request(every="12h", window="1d"))
    assert {"text.s", "cpu.ok", "changing.f"} <= work.left_out
    frame = pd.read_csv(tmp_path / "out/measurement=cpu/20260302T000000Z.csv")
    assert list(frame) == ["time", "host", "zone", "idle", "n", "u"]
    assert list(frame["time"]) == ["2026-03-02 12:00:00.000000000Z"] * 2
    assert list(frame["idle"]) == [0.75, 0.1]


@pytest.mark.parametrize("options", [{}, {"every": "12h"}, {"every": "12h", "fn": "count"}])
def test_the_server_counts_what_is_in_the_files(
    hostile: Influx, tmp_path: Path, options: dict[str, str]
) -> None:
    work = Export(hostile, request(**options), tmp_path / "out", count=True)
    list(work.steps())
    assert work.manifest.windows
    assert all(window.counted == window.values for window in work.manifest.windows)


def test_a_script_is_run_window_by_window(hostile: Influx, tmp_path: Path) -> None:
    work = export(hostile, tmp_path / "long", request(script=SCRIPT))
    assert [window.values for window in work.manifest.windows] == [3, 1]
    pivot = '|> pivot(rowKey: ["_time"], columnKey: ["_field"], valueColumn: "_value")'
    wide = export(hostile, tmp_path / "wide", request("lp", script=SCRIPT + pivot))
    assert sum(window.values for window in wide.manifest.windows) == 4
    Import(hostile, tmp_path / "wide", "to").run()
    of_idle = {v for v in contents(hostile, "from", MONDAY, DAYS) if v[:2] == ("cpu", "idle")}
    assert contents(hostile, "to", MONDAY, DAYS) == of_idle
    with pytest.raises(TransferError, match=r"params\.start"):
        Export(hostile, request(script=SCRIPT.replace("params.start", "-1h")), tmp_path / "no")


# ------------------------------------------------------------------ files of other origin


@pytest.fixture
def target(influx: Influx) -> Iterator[Influx]:
    influx.create_bucket("to", retention_seconds=0)
    yield influx


def foreign(
    client: Influx, place: Path, said: ForeignFiles | None = None
) -> dict[tuple[str, str], list[str]]:
    """Import, then field and type → values."""
    assert Import(client, place, "to", said).run().dropped == 0
    found: dict[tuple[str, str], list[str]] = {}
    for _, field, kind, _, value, _ in sorted(contents(client, "to", MONDAY, 2)):
        found.setdefault((field, kind), []).append(value)
    return found


def test_a_frame_that_pandas_wrote_is_imported(target: Influx, tmp_path: Path) -> None:
    frame = pd.DataFrame(
        {
            "when": pd.date_range(MONDAY, periods=3, freq="h"),
            "host": ["01", "02", None],
            "whole": [1, 2, 3],
            "count": [4, 5, 6],
            "part": [0.5, None, 2.0],
            "note": ['a "b", c', None, None],
        }
    )
    frame.to_csv(tmp_path / "frame.csv")
    said = ForeignFiles("m", ("host",), "when", types={"count": "integer"})
    assert foreign(target, tmp_path / "frame.csv", said) == {
        ("count", "long"): ["4", "5", "6"],
        ("note", "string"): ['a "b", c'],
        ("part", "double"): ["0.5", "2"],
        ("whole", "double"): ["1", "2", "3"],
    }
    tags = {value[5] for value in contents(target, "to", MONDAY, 2)}
    assert tags == {(("host", "01"),), (("host", "02"),), ()}
    assert Import(target, tmp_path / "frame.csv", "to", said).left == []


def test_parquet_below_hive_folders_names_its_measurement(target: Influx, tmp_path: Path) -> None:
    frame = pd.DataFrame({"time": [MONDAY], "whole": [1], "flag": [True]})
    folder = tmp_path / "measurement=a%20b"
    folder.mkdir()
    frame.to_parquet(folder / "x.parquet")
    found = foreign(target, tmp_path)
    assert found == {("flag", "boolean"): ["true"], ("whole", "long"): ["1"]}
    assert {value[0] for value in contents(target, "to", MONDAY, 2)} == {"a b"}


def test_the_long_form_of_an_older_reader_is_imported(target: Influx, tmp_path: Path) -> None:
    text = "_time,_value,_field,_measurement,device\n2026-03-02 10:00:00,412,co2,air,d1\n"
    (tmp_path / "old.csv").write_text(text)
    assert foreign(target, tmp_path) == {("co2", "double"): ["412"]}
    assert {value[5] for value in contents(target, "to", MONDAY, 2)} == {(("device", "d1"),)}


def test_line_protocol_speaks_for_itself(target: Influx, tmp_path: Path) -> None:
    (tmp_path / "x.lp").write_text(f'm,t=a f=1i,s="two\nlines" {at(0) // NS}\n')
    found = foreign(target, tmp_path / "x.lp", ForeignFiles(precision="s"))
    assert found == {("f", "long"): ["1"], ("s", "string"): ["two\nlines"]}


# ------------------------------------------------------------------ the command line


MEASUREMENTS = ["--measurement", "cpu", "--measurement", "cpuu"]


def test_the_commands_say_what_they_did_and_tell_by_their_status(
    hostile: Influx, project: Project
) -> None:
    span = ["--start", "2026-03-01", "--stop", "2026-04-01"]
    done = project.run("data", "export", "from", "out", *span, "--measurement", "cpu")
    assert done.returncode == 0, done.stderr
    assert "cpu" in done.stdout
    assert "together" in done.stdout
    done = project.run("data", "import", "out", "to")
    assert done.returncode == 0, done.stderr
    assert "5 points of 2 files are in bucket to." in done.stdout
    done = project.run("data", "import", "out", "to")
    assert "2 of 2 files are in bucket to already." in done.stdout
    before = ["--start", "2020-01-01", "--stop", "2020-02-01"]
    empty = project.run("data", "export", "from", "none", *before)
    assert empty.returncode == 0
    assert "the export is empty" in empty.stdout
    typo = project.run("data", "export", "from", "typo", *span, *MEASUREMENTS)
    assert "No points of cpuu" in typo.stdout  # as silent as the others before
    typo = project.run("data", "export", "from", "typos", *span, *MEASUREMENTS[2:])
    assert "has no points of cpuu from" in typo.stdout
    assert json.loads((project.folder / "none/_export.json").read_text())["windows"] == []
    assert project.run("data", "import", "none", "to").returncode == 0


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("export nobody out", "There is no bucket 'nobody'"),
        ("export from out --format xml", "csv, parquet, lp"),
        ("export from out --query missing.flux", "missing.flux"),
        ("import estate to", "no export of ours"),
        ("import estate to --precision sec", "precision 'sec': write one of"),
    ],
)
def test_trouble_is_a_sentence(hostile: Influx, project: Project, command: str, says: str) -> None:
    done = project.run("data", *command.split())
    assert done.returncode == 1, done.stdout
    assert says in done.stderr
    assert "Traceback" not in done.stderr
    assert not (project.folder / "out").exists()


@pytest.mark.parametrize(
    ("options", "says"),
    [
        ({"start": "-1mo"}, "months"),
        ({"start": "2026-05-01"}, "is not before"),
        ({"start": "1700-01-01", "window": "1s"}, "choose a longer window"),
        ({"every": "7m"}, "no multiple"),
        ({"every": "1h", "fn": "avg"}, "mean"),
        ({"fn": "max"}, "fn 'max' needs every"),  # the points themselves were exported
        ({"every": "1h", "script": SCRIPT}, "leave measurement and every out"),
        ({"format": "parquet", "gzip": True}, "compressed already"),
    ],
)
def test_an_export_that_cannot_be_is_refused_before_a_folder_is_made(
    hostile: Influx, tmp_path: Path, options: dict[str, str], says: str
) -> None:
    with pytest.raises(TransferError, match=says):
        Export(hostile, request(**options), tmp_path / "out")  # type: ignore[arg-type]
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("rows", "said", "says"),
    [
        ("2026-03-02T00:00:00Z,1\n2026-03-02 01:00:00,2", {}, "first is '2026-03-02T00:00:00Z'"),
        ("1,1", {"types": {"w": "integer"}}, "'w' is no column of it; it has time, v"),
        ("1,1", {"tags": ("host",)}, "tag 'host' is no column"),
        ("1,1", {"time": "when"}, "time 'when' is no column"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_with_its_name(
    target: Influx, tmp_path: Path, rows: str, said: dict[str, Any], says: str
) -> None:
    """Of a folder with many files nobody knew which one; a misspelt type was ignored."""
    (tmp_path / "x.csv").write_text(f"time,v\n{rows}\n")
    with pytest.raises(TransferError, match=rf"x\.csv: .*{says}"):
        Import(target, tmp_path, "to", ForeignFiles("m", **said)).run()


def test_an_import_that_cannot_be_is_refused(hostile: Influx, tmp_path: Path) -> None:
    with pytest.raises(TransferError, match="There is no bucket 'nobody'"):
        Import(hostile, tmp_path, "nobody")
    with pytest.raises(TransferError, match="no file that ends in"):
        Import(hostile, tmp_path, "to", ForeignFiles("m"))
    (tmp_path / "x.csv").write_text("time,v\n2026-03-02,1\n")
    with pytest.raises(TransferError, match="--measurement"):
        Import(hostile, tmp_path, "to").run()
    export(hostile, tmp_path / "out", request())
    with pytest.raises(TransferError, match="leave the other options out"):
        Import(hostile, tmp_path / "out", "to", ForeignFiles("m"))


def test_measurements_are_named_in_folders_that_can_be_read(
    hostile: Influx, tmp_path: Path
) -> None:
    export(hostile, tmp_path, request("csv"))
    names = {unquote(path.name.partition("=")[2]) for path in tmp_path.glob("measurement=*")}
    assert {"cpu", "..", "../etc", "a/../.. b,c"} <= names
