"""A hostile frame, how it is to be written, and the points that a server must hold afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from influx_pipelines_tests.hostile import by_arrow, by_dicts, by_pandas, by_polars
from influx_pipelines_tests.hostile.carrier import Carrier, Column, Dtype
from influx_pipelines_tests.hostile.families import (
    EXAMPLES,
    FAMILIES,
    field_value,
    names,
    tag_value,
)

CARRIERS = [by_pandas.CARRIER, by_arrow.CARRIER, by_polars.CARRIER, by_dicts.CARRIER]
UNIT = {"ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000}
TAGS = ("text", "text", "int64", "bool")
REACH = 2**63 - 1 - 10**9  # the last second would leave the range when it is cut to a precision
NEAR = 1_577_836_800 * 10**9

# Tags, name of the field, nanoseconds → type and value. The last write of a point wins.
Points = dict[tuple[tuple[tuple[str, str], ...], str, int], tuple[str, Any]]


@dataclass
class Frame:
    """`table()` makes it anew; `options` are those of `write`."""

    carrier: str
    columns: list[Column]
    tags: list[str]
    precision: str
    table: Callable[[], Any]

    @property
    def options(self) -> dict[str, Any]:
        time = self.columns[-1].name
        return {"tags": self.tags, "time": time, "precision": self.precision}

    def lines(self) -> list[tuple[dict[str, str], dict[str, tuple[str, Any]], int]]:
        """Tags, fields and nanoseconds of each row that has a field."""
        *columns, time = self.columns
        found = []
        for row, stamp in enumerate(time.values):
            tags: dict[str, str] = {}
            fields: dict[str, tuple[str, Any]] = {}
            for name, dtype, values in columns:
                if name in self.tags and (text := tag_value(values[row])) is not None:
                    tags[name] = text
                value = field_value(dtype.family, values[row])
                if name not in self.tags and value is not None:
                    fields[name] = value
            if fields:
                unit = UNIT[self.precision if time.dtype.family == "integer" else time.dtype.family]
                scale = UNIT[self.precision]
                found.append((tags, fields, stamp * unit // scale * scale))
        return found

    def points(self) -> Points:
        """What the server must hold."""
        return {
            (tuple(sorted(tags.items())), name, stamp): value
            for tags, fields, stamp in self.lines()
            for name, value in fields.items()
        }


def _stamps(draw: st.DrawFn, dtype: Dtype, precision: str, rows: int) -> list[int]:
    """Few different ones, so that points repeat; some before 1970, some at the ends."""
    unit = UNIT[precision if dtype.family == "integer" else dtype.family]
    near = st.integers(-3, 3).map(lambda n: NEAR // unit + n)
    fine = st.integers(NEAR, NEAR + 2 * 10**9).map(lambda n: n // unit)
    far = st.integers(-REACH // unit + 1, REACH // unit) | st.integers(-3, 3)
    pool = draw(st.lists(near | fine | far, min_size=1, max_size=4))
    return draw(st.lists(st.sampled_from(pool), min_size=rows, max_size=rows))


def _dtype(draw: st.DrawFn, carrier: Carrier, families: list[str]) -> Dtype:
    """A family first, since some have many types of columns."""
    known = [name for name in families if any(name == one.family for one in carrier.dtypes)]
    family = draw(st.sampled_from(known))
    return draw(st.sampled_from([one for one in carrier.dtypes if one.family == family]))


def _column(draw: st.DrawFn, name: str, dtype: Dtype, family: str, rows: int) -> Column:
    values = FAMILIES[family].values
    pool = draw(st.lists(values | st.none() if dtype.nulls else values, min_size=1, max_size=5))
    return Column(name, dtype, draw(st.lists(st.sampled_from(pool), min_size=rows, max_size=rows)))


@st.composite
def frames(draw: st.DrawFn, carriers: list[Carrier] = CARRIERS) -> Frame:
    """Frames that can be written whole."""
    carrier = draw(st.sampled_from(carriers))
    labels = draw(st.lists(names, min_size=2, max_size=6, unique=True))
    rows = draw(st.integers(0, 12) | st.just(48))  # values that repeat are written otherwise
    tagged = draw(st.integers(0, len(labels) - 2))
    columns = []
    for place, name in enumerate(labels[:-1]):
        dtype = _dtype(draw, carrier, [*TAGS] if place < tagged else [*FAMILIES])
        is_name = place < tagged and dtype.family == "text"
        columns.append(_column(draw, name, dtype, "name" if is_name else dtype.family, rows))
    precision, time = draw(st.sampled_from(sorted(UNIT))), draw(st.sampled_from(carrier.times))
    name = draw(st.sampled_from(["time", labels[-1]]))
    stamps = _stamps(draw, time, precision, rows)
    columns = [*draw(st.permutations(columns)), Column(name, time, stamps)]
    shape = draw(carrier.shapes)
    return Frame(
        carrier.name, columns, labels[:tagged], precision, lambda: carrier.table(columns, shape)
    )


def _plain(carrier: Carrier, columns: list[Column], tags: list[str], precision: str) -> Frame:
    return Frame(
        carrier.name, columns, tags, precision, lambda: carrier.table(columns, carrier.plain)
    )


def every_dtype(carrier: Carrier) -> Iterator[Frame]:
    """A frame for each type of column: as a field, as a tag, as the time in each precision."""
    time = carrier.times[-1]
    stamps = [NEAR // UNIT.get(time.family, 1) + n for n in range(6)]
    other = Column("a", next(d for d in carrier.dtypes if d.family == "int64"), [1] * 6)
    for dtype in carrier.dtypes:
        values = [*EXAMPLES[dtype.family], *([None] if dtype.nulls else [])] * 6
        for first in range(len(EXAMPLES[dtype.family])):
            column = Column("b", dtype, values[first : first + 6])
            for tags in ([], ["b"]) if dtype.family in TAGS else ([],):
                yield _plain(carrier, [other, column, Column("time", time, stamps)], tags, "ns")
    for time in carrier.times:
        for precision in UNIT:
            unit = UNIT[precision if time.family == "integer" else time.family]
            stamps = [n // unit for n in (-REACH, -(10**9) - 1, -1, 0, NEAR + 123_456_789, REACH)]
            yield _plain(carrier, [other, Column("time", time, stamps)], [], precision)
