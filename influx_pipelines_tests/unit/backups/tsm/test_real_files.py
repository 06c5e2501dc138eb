"""Files that real servers wrote, held against what was written into them."""

from __future__ import annotations

import gzip
import tarfile
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines.backups.tsm.summary import FieldKey, ShardSummary

FIXTURES = Path(__file__).parents[3] / "fixtures"
SETS = sorted((FIXTURES / "backups").glob("2.*"))


def shards_of(folder: Path) -> list[Shard]:
    found = []
    for path in sorted(folder.glob("*.tar.gz")):
        with tarfile.open(path) as archive:
            found.append(Shard.of({m.name: _bytes(archive, m) for m in archive}))
    return found


def _bytes(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(member)
    assert content is not None
    return content.read()


def nanoseconds(text: str) -> int:
    return int(datetime.fromisoformat(text[:19] + "+00:00").timestamp()) * 10**9 + int(text[20:29])


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
def test_a_set_holds_what_its_readme_says(folder: Path) -> None:
    whole = ShardSummary()
    for shard in shards_of(folder):
        damages, found = shard.verify()
        assert not damages
        whole.add(found)
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (folder / "README.md").read_text().splitlines()
        if line.startswith("|") and "." in line.split("|")[2] and "measurement" not in line
    ]
    expected = {}
    for _, name, series, values, first, last, forgotten in rows:
        measurement, field, kind = name.replace(" (", ".").rstrip(")").split(".")
        key = FieldKey(measurement, field, kind)
        hidden = int(forgotten) - int(values)
        times = nanoseconds(first), nanoseconds(last)
        expected[key] = (int(series), int(values), hidden, *times)
    assert len(expected) == 7
    assert {
        key: (found.series, found.values, found.hidden, found.first_ns, found.last_ns)
        for key, found in whole.by_field.items()
    } == expected


@pytest.mark.parametrize("folder", SETS, ids=lambda folder: folder.name)
def test_points_and_lines_have_the_counted_values(folder: Path) -> None:
    for shard in shards_of(folder):
        counts = shard.summary()
        assert sum(len(found.times) for found in shard.points()) == counts.values
        lines = b"".join(shard.lines(forget_tombstones=True)).splitlines()
        assert len(lines) == counts.values + counts.hidden


def test_values_of_all_types_are_those_that_were_written() -> None:
    points = [point for shard in shards_of(SETS[0])[:1] for point in shard.points()]
    found = {point.field: point for point in points if point.series == b"all,host=a"}
    numbers = np.arange(120)
    assert found[b"f"].values.tolist() == (numbers * 0.25 + 0.125).tolist()
    assert found[b"i"].values.tolist() == (numbers - 50).tolist()
    assert found[b"u"].values.tolist() == [2**63 + int(n) for n in numbers]
    assert found[b"b"].values.tolist() == [bool(n % 3) for n in numbers]
    assert found[b"s"].values[:8].tolist() == [b"text %d" % (n % 7) for n in range(8)]
    assert set(np.diff(found[b"f"].times).tolist()) == {60 * 10**9}


def test_every_encoding_of_a_server_gives_the_lines_that_were_written() -> None:
    folder = FIXTURES / "tsm" / "1.6.7"
    written = gzip.decompress((folder / "lines.gz").read_bytes())
    data = (folder / "000000001-000000001.tsm").read_bytes()
    shard = Shard.of({"000000001-000000001.tsm": data})
    assert b"".join(shard.lines()) == written
    assert shard.summary().values == 3200


def test_a_shard_of_an_archive_refuses_what_is_no_file_of_it() -> None:
    for name in ("a.tombstone", "fields.idx", "a.tsm.tmp"):
        with pytest.raises(TsmError):
            Shard.of({name: b"a key"})
