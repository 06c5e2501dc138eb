"""Answers to Flux queries: annotated CSV as an InfluxDB 2 server writes it.

Lines end in CRLF; times lose the zeros at their end; the name of the result stands in `#default`
only; annotations come again where the columns, their types or the group key change, after an empty
line.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from benchmarks.frames import FIRST, STEP

ROWS = 1_000  # of a table, where there are many
START, STOP = "2026-01-01T00:00:00Z", "2026-03-01T12:00:00.123456789Z"
MESSAGES = ("ok", '"say ""hi"", you"', '"two\r\nlines"', "plain text", '"#datatype,\r\n#group"')


@dataclass(frozen=True)
class Column:
    """Name, type and whether it is in the group key."""

    name: str
    type: str
    group: bool = False


BOUNDS = [Column("_start", "dateTime:RFC3339", True), Column("_stop", "dateTime:RFC3339", True)]
TIME = Column("_time", "dateTime:RFC3339")
TAGS = [Column(name, "string", True) for name in ("_measurement", "host", "region")]
VALUES = [Column("count", "long"), Column("humidity", "double"), Column("temperature", "double")]


def tables(rows: int) -> int:
    """How many there are in an answer of many."""
    return max(4, rows // ROWS)


def one_table(rows: int) -> bytes:
    """Pivoted and ungrouped: the frame that most people want."""
    return _one_table(rows, [])


def quoted(rows: int) -> bytes:
    """The same with a text that holds commas, quotes, line breaks and lines like annotations."""
    return _one_table(rows, [Column("message", "string")])


def _one_table(rows: int, texts: list[Column]) -> bytes:
    random = np.random.default_rng(5)
    hosts, regions = random.integers(0, 100, rows).tolist(), random.integers(0, 4, rows).tolist()
    tags = [f"weather,host-{h:03d},region-{r}" for h, r in zip(hosts, regions, strict=True)]
    cells = [_times(rows, random), tags, *_values(rows, random)]
    if texts:
        cells.append([MESSAGES[n] for n in random.integers(0, len(MESSAGES), rows).tolist()])
    columns = [Column(c.name, c.type) for c in (*BOUNDS, TIME, *TAGS, *VALUES, *texts)]
    lines = (f",,0,{START},{STOP},{line}\r\n" for line in map(",".join, zip(*cells, strict=True)))
    return joined([annotations(columns), *lines])


def one_header(rows: int) -> bytes:
    """Pivoted, a table a series: equal columns need no new annotations."""
    return _many_tables(rows, repeated=False)


def many_headers(rows: int) -> bytes:
    """The same with annotations before every table, as when some tables have no row."""
    return _many_tables(rows, repeated=True)


def _many_tables(rows: int, *, repeated: bool) -> bytes:
    random = np.random.default_rng(6)
    each = rows // tables(rows)
    header = annotations([*BOUNDS, TIME, *TAGS, *VALUES])
    parts: list[str] = []
    for table in range(tables(rows)):
        if repeated or not table:
            parts += ["\r\n"] * bool(table) + [header]
        tags = f"weather,host-{table // 4:03d},region-{table % 4}"
        times = _times(each, random)
        parts += (
            f",,{table},{START},{STOP},{time},{tags},{count},{humidity},{temperature}\r\n"
            for time, count, humidity, temperature in zip(
                times, *_values(each, random), strict=True
            )
        )
    return joined(parts)


def long(rows: int) -> bytes:
    """As it is stored, a table a series and field, of which one in four holds integers."""
    random = np.random.default_rng(7)
    each = rows // tables(rows)
    fields = ("count", "humidity", "pressure", "temperature")
    key = [Column("_field", "string", True), *TAGS]
    parts: list[str] = []
    for table in range(tables(rows)):
        integers = table % 4 == 0
        if table % 4 < 2:  # the type has changed
            value = Column("_value", "long" if integers else "double")
            parts += ["\r\n"] * bool(table) + [annotations([*BOUNDS, TIME, value, *key])]
        values = _integers(each, random) if integers else _floats(random.normal(20, 5, each))
        rest = f"{fields[table % 4]},weather,host-{table // 4:03d},eu-west"
        parts += (
            f",,{table},{START},{STOP},{time},{value},{rest}\r\n"
            for time, value in zip(_times(each, random), values, strict=True)
        )
    return joined(parts)


SHAPES: dict[str, Callable[[int], bytes]] = {
    "one_table": one_table,
    "one_header": one_header,
    "many_headers": many_headers,
    "long": long,
    "quoted": quoted,
}


def flux(shape: str) -> str:
    """A script that the stub answers with that shape."""
    return f'from(bucket: "{shape}") |> range(start: {START}, stop: {STOP})'


def joined(parts: Iterable[str]) -> bytes:
    """A whole answer."""
    return "".join([*parts, "\r\n"]).encode()


def annotations(columns: list[Column]) -> str:
    """The lines before a table."""
    groups = ",".join(str(c.group).lower() for c in columns)
    return (
        f"#datatype,string,long,{','.join(c.type for c in columns)}\r\n"
        f"#group,false,false,{groups}\r\n"
        f"#default,_result,{',' * len(columns)}\r\n"
        f",result,table,{','.join(c.name for c in columns)}\r\n"
    )


def _values(rows: int, random: np.random.Generator) -> Iterator[list[str]]:
    yield _integers(rows, random)
    yield _floats(random.normal(60, 9, rows))
    yield _floats(random.normal(20, 5, rows).round(4))


def _integers(rows: int, random: np.random.Generator) -> list[str]:
    return list(map(str, random.integers(0, 10**6, rows).tolist()))


def _floats(values: np.ndarray) -> list[str]:
    """Go writes whole numbers without a point."""
    return [text.removesuffix(".0") for text in map(repr, values.tolist())]


def _times(rows: int, random: np.random.Generator) -> list[str]:
    """RFC 3339 with nanoseconds, without zeros at the end."""
    times = FIRST + np.arange(rows) * STEP + random.integers(0, 1_000, rows)
    return [text.rstrip("0").rstrip(".") + "Z" for text in np.datetime_as_string(times).tolist()]
