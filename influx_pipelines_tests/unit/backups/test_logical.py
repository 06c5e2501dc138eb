"""A logical backup without a server: its lines, its windows, its damages."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.logical import reading
from influx_pipelines.backups.logical.contents import NAME, BucketContents, Contents, WindowFile
from influx_pipelines.backups.logical.distinct import Distinct
from influx_pipelines.backups.logical.lines import Lines
from influx_pipelines.backups.logical.take import recorded
from influx_pipelines.backups.logical.windows import BEGIN, END, SECOND, Pace, text
from influx_pipelines.backups.record import BackupRecord, FileRecord, digest
from influx_pipelines.backups.verify.logical import verify_logical

FIRST = b'm,t=a f=1.0 10\nm,t=a f=2.5e-7 11\nm,t=b f=-0.0 10\nm,t=b s="a\nb\\"" 19\n'
SECOND_FILE = b"m,t=a i=1i 20\nm u=18446744073709551615u 21\nm b=true 22\n"
TEXT = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=6)
VALUES = (
    st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1, max_size=4).map(
        lambda v: pa.array(v, pa.float64())
    )
    | st.lists(st.integers(-(2**63), 2**63 - 1), min_size=1, max_size=4).map(
        lambda v: pa.array(v, pa.int64())
    )
    | st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=4).map(
        lambda v: pa.array(v, pa.uint64())
    )
    | st.lists(st.booleans(), min_size=1, max_size=4).map(pa.array)
    | st.lists(TEXT | st.none(), min_size=1, max_size=4).map(lambda v: pa.array(v, pa.string()))
)


def batch(values: pa.Array, keys: dict[str, str], start: int) -> pa.RecordBatch:
    times = pa.array(range(start, start + len(values)), pa.int64())
    columns: dict[str, pa.Array] = {"_time": times.cast(pa.timestamp("ns", "UTC"))}
    columns["_value"] = values
    columns |= {name: pa.array([text] * len(values)) for name, text in keys.items()}
    return pa.RecordBatch.from_pydict(columns)


@given(VALUES, TEXT, TEXT, TEXT, TEXT, st.integers(BEGIN, END - 10))
def test_what_is_written_is_read_and_counted_alike(
    tmp_path_factory: pytest.TempPathFactory,
    values: pa.Array,
    measurement: str,
    field: str,
    tag: str,
    value: str,
    start: int,
) -> None:
    lines = Lines()
    keys = {"_measurement": measurement, "_field": field}
    if not tag.startswith("_"):
        keys[tag] = value
    written = lines.of(batch(values, keys, start))
    assert lines.tally.values + lines.lost.total() == len(values)
    path = tmp_path_factory.getbasetemp() / "lines.lp.gz"
    path.write_bytes(gzip.compress(written))
    series = Distinct()
    tally = reading.count(path, series)
    assert vars(tally) == vars(lines.tally)
    assert len(series) == len(lines.series)


def test_what_line_protocol_cannot_hold_is_counted() -> None:
    lines = Lines()
    values = pa.array([1.0, float("nan"), float("inf")])
    assert lines.of(batch(values, {"_measurement": "m", "_field": "f"}, 1)) == b"m f=1.0 1\n"
    broken = {"_measurement": "m", "_field": "f", "t": "ends\\"}
    assert lines.of(batch(pa.array([1]), broken, 1)) == b""
    assert lines.lost == {"m": 3}


def test_a_tag_without_its_values_is_told() -> None:
    lines = Lines()
    rows = batch(
        pa.array([1]), {"_start": "", "_start_2": "", "_measurement": "m", "_field": "f"}, 1
    )
    rows = rows.set_column(3, "_start_2", pa.nulls(1, pa.string()))
    assert lines.of(rows) == b"m f=1i 1\n"
    assert lines.blurred == {"m"}


def test_no_window_spans_two_shard_groups_and_dense_ones_are_shorter() -> None:
    pace = Pace(7 * 86_400)
    monday = 1_577_664_000 * SECOND  # 2019-12-30
    assert pace.window(monday + 5).stop == monday + 86_400 * SECOND
    pace.learn(0)
    pace.learn(0)
    pace.learn(0)
    whole = pace.window(monday + 5)
    assert (whole.start, whole.stop) == (monday + 5, monday + 7 * 86_400 * SECOND)
    pace.learn(10_000_000)
    assert pace.window(monday).stop == monday + 7 * 43_200 * SECOND
    assert pace.window(BEGIN).start == BEGIN
    assert pace.window(END - 1).stop == END
    assert text(BEGIN) == "1677-09-21T00:12:43.145224194Z"
    assert text(END) == "2262-04-11T23:47:16.854775806Z"


def made(folder: Path) -> Path:
    """A small set, without a server."""
    series, windows, files = Distinct(), [], []
    for name, content, span in (("a", FIRST, (10, 20)), ("b", SECOND_FILE, (20, 30))):
        path = folder / "data/0001" / f"{name}.lp.gz"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(gzip.compress(content))
        windows.append(window(folder, path, span, series))
    bucket = BucketContents(id="0001", name="b", series=len(series), windows=tuple(windows))
    Contents(url="http://x", org="o", org_id="1", buckets=(bucket,)).save(folder)
    for path in (folder / NAME, *folder.rglob("*.gz")):
        name = path.relative_to(folder).as_posix()
        files.append(FileRecord(name=name, size=path.stat().st_size, sha256=digest(path)))
    now = datetime.now(UTC)
    BackupRecord(
        kind="logical",
        name=folder.name,
        started=now,
        finished=now,
        url="http://x",
        server="2.9.1",
        project="0",
        files=tuple(files),
        buckets=(recorded(bucket, "o"),),
    ).save(folder)
    return folder


def window(folder: Path, path: Path, span: tuple[int, int], series: Distinct) -> WindowFile:
    tally = reading.count(path, series)
    assert tally.first is not None and tally.last is not None
    return WindowFile(
        file=path.relative_to(folder).as_posix(),
        start=span[0],
        stop=span[1],
        values=tally.values,
        first=tally.first,
        last=tally.last,
        sum=f"{tally.sum:016x}",
        fields=tally.counts(),
    )


def sealed(folder: Path) -> None:
    """Make the side file fit to what the files are now."""
    record = json.loads((folder / "backup.json").read_text())
    for file in record["files"]:
        path = folder / file["name"]
        file |= {"size": path.stat().st_size, "sha256": digest(path)}
    (folder / "backup.json").write_text(json.dumps(record))


def replaced(old: bytes, new: bytes) -> Callable[[Path], None]:
    def change(path: Path) -> None:
        content = gzip.decompress(path.read_bytes())
        assert old in content
        path.write_bytes(gzip.compress(content.replace(old, new)))

    return change


def test_a_good_set_has_no_damage(tmp_path: Path) -> None:
    report = verify_logical(made(tmp_path))
    assert report.damages == ()
    assert [(b.name, b.series, b.values) for b in report.buckets] == [("b", 3, 7)]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (replaced(b"f=1.0 10", b"f=1.0 100"), "has other first and last times"),
        (replaced(b"f=1.0 10", b"f=1.0 9"), "has times outside of its window"),
        (replaced(b"f=1.0 10\n", b"f=1.0\n"), "line 1 does not parse: 'm,t=a f=1.0'"),
        (replaced(b" f=2.5e-7", b" f=2.5e-7i"), "line 2 does not parse"),
        (replaced(b"m,t=b f", b"m,t=c f"), "holds other series"),
        (replaced(b"m,t=b f=-0.0 10\n", b""), "holds 3 values instead of 4"),
        (replaced(b" 19\n", b" 19"), "line 4 does not parse"),
        (lambda path: path.write_bytes(path.read_bytes()[:-5]), "Compressed file ended before"),
        (lambda path: path.write_bytes(path.read_bytes() + b"x"), "Compressed file ended before"),
        (lambda path: path.write_bytes(b""), "holds 0 values instead of 4"),
    ],
)
def test_what_the_digest_does_not_tell_the_lines_do(
    tmp_path: Path, change: Callable[[Path], None], told: str
) -> None:
    folder = made(tmp_path)
    change(folder / "data/0001/a.lp.gz")
    damages = verify_logical(folder).damages
    assert {damage.file for damage in damages} >= {"data/0001/a.lp.gz"}
    assert "instead of" in str(damages[0]) or "SHA-256" in str(damages[0])
    sealed(folder)
    damages = verify_logical(folder).damages
    assert any(told in str(damage) for damage in damages), damages


def test_missing_foreign_and_linked_files_are_named(tmp_path: Path) -> None:
    folder = made(tmp_path / "set")
    first = folder / "data/0001/a.lp.gz"
    first.rename(tmp_path / "away.gz")
    first.symlink_to(tmp_path / "away.gz")
    (folder / "data/0001/b.lp.gz").unlink()
    (folder / "more").write_text("x")
    told = sorted(map(str, verify_logical(folder).damages))
    assert "data/0001/a.lp.gz: leads out of the folder" in told
    assert "data/0001/b.lp.gz: is missing" in told
    assert "more: is no file of this backup" in told


@pytest.mark.parametrize("name", [NAME, "backup.json"])
def test_a_broken_table_of_contents_is_damage(tmp_path: Path, name: str) -> None:
    folder = made(tmp_path)
    (folder / name).write_text("{")
    assert name in {damage.file for damage in verify_logical(folder).damages}


def test_a_folder_without_a_logical_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotASet, match="no logical backup"):
        verify_logical(tmp_path)


def test_windows_that_overlap_or_lead_out_are_damage(tmp_path: Path) -> None:
    folder = made(tmp_path)
    held = json.loads((folder / NAME).read_text())
    held["buckets"][0]["windows"][1]["start"] = 15
    (folder / NAME).write_text(json.dumps(held))
    assert any("covers times" in str(damage) for damage in verify_logical(folder).damages)
    held["buckets"][0]["windows"][1]["file"] = "../../etc/passwd"
    (folder / NAME).write_text(json.dumps(held))
    assert any("leads out" in str(damage) for damage in verify_logical(folder).damages)
