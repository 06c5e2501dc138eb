"""Every format gives back the types and values that it was given."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from influx_pipelines.influx.writing.linesplit import split
from influx_pipelines.transfer.errors import TransferError
from influx_pipelines.transfer.formats import csv, lines, parquet
from influx_pipelines.transfer.formats.arrow import CATEGORY, TIME, arrow_schema
from influx_pipelines.transfer.formats.forms import Form
from influx_pipelines.transfer.wide import widened

NASTY = ["", 'say "x", y', "two\nlines", " spaced ", "\\", "back\\\\slash", "null", "nan", "☀"]


def long(field: str, values: list[object], kind: pa.DataType, **tags: str) -> pa.Table:
    count = len(values)
    columns = {name: pa.array([text] * count).cast(CATEGORY) for name, text in tags.items()}
    return pa.table(
        {
            "_time": pa.array(range(1, count + 1), pa.int64()).cast(TIME),
            "_field": pa.array([field] * count).cast(CATEGORY),
            "_value": pa.array(values, kind),
            **columns,
        }
    )


POINTS = [
    long("f", [0.1, -0.0, 5e-324, 1e21], pa.float64(), host="a"),
    long("i", [2**63 - 1, -(2**63)], pa.int64(), host="a"),
    long("u", [2**64 - 1, 0], pa.uint64(), host="b", zone="z"),
    long("o", [True, False], pa.bool_(), host="b"),
    long("s", NASTY, pa.string()),
    long("host", [7], pa.int64(), host="a"),
]
SCHEMA, WIDE = widened("m", POINTS)


def test_a_wide_table_has_the_time_the_tags_and_the_fields() -> None:
    names = ["time", "host", "zone", "f", "host_field", "i", "o", "s", "u"]
    assert [column.column for column in SCHEMA.columns] == names
    assert [column.name for column in SCHEMA.columns] == [
        "host" if name == "host_field" else name for name in names
    ]
    assert [column.role for column in SCHEMA.columns] == ["time", *["tag"] * 2, *["field"] * 6]
    assert [column.type for column in SCHEMA.columns[3:]] == [
        "float", "integer", "integer", "boolean", "string", "unsigned"
    ]  # fmt: skip


@pytest.mark.parametrize("form", [Form("csv"), Form("csv", zipped=True), Form("parquet")])
def test_what_is_read_equals_what_was_written(tmp_path: Path, form: Form) -> None:
    path = tmp_path / f"x{form.suffix}"
    form.write(WIDE, SCHEMA, path)
    batches = csv.read(path, SCHEMA) if form.name == "csv" else parquet.read(path)
    found = pa.Table.from_batches(list(batches)).cast(arrow_schema(SCHEMA))
    assert found.equals(WIDE.cast(arrow_schema(SCHEMA)))


@pytest.mark.parametrize(
    "form", [Form("csv", zipped=True), Form("parquet"), Form("lp"), Form("lp", zipped=True)]
)
def test_all_formats_give_the_same_lines(tmp_path: Path, form: Form) -> None:
    path = tmp_path / f"x{form.suffix}"
    form.write(WIDE, SCHEMA, path)
    found = sorted(split(b"".join(form.lines(path, SCHEMA))))
    assert found == sorted(split(b"".join(lines.of_batches(WIDE.to_batches(), SCHEMA))))
    assert b"m,host=a f=-0.0,i=-9223372036854775808i 2\n" in found
    assert b"m,host=b,zone=z u=18446744073709551615u 1\n" in found
    assert b'm s="two\nlines" 3\n' in found
    assert b"m,host=a f=0.1,host=7i,i=9223372036854775807i 1\n" in found


def test_a_field_of_two_types_in_one_window_is_named() -> None:
    mixed = [long("f", [1.0], pa.float64()), long("f", ["x"], pa.string())]
    with pytest.raises(TransferError, match="'f'"):
        widened("m", mixed)


def test_lines_of_a_table_without_times_are_refused(tmp_path: Path) -> None:
    schema = SCHEMA.model_copy(update={"columns": SCHEMA.columns[1:]})
    with pytest.raises(TransferError, match="_time"):
        list(lines.of_batches([], schema))


@pytest.mark.parametrize("name", ["x.csv", "x.csv.gz", "x.parquet", "x.lp.gz"])
def test_a_file_of_another_kind_is_named(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b'"time","host"\n1,2,3\n')
    kind, _, zipped = name.removeprefix("x.").partition(".")
    with pytest.raises(TransferError, match=r"x\."):
        list(Form(kind, bool(zipped)).lines(path, SCHEMA))  # type: ignore[arg-type]
