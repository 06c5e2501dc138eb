"""Frames to line protocol, without a server."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks import frames, ours, peers
from benchmarks.result import Result, Took, Work, in_turns
from benchmarks.sizes import Size

BARS = {"wide": 12.0, "narrow": 18.0, "unique": 12.0}
PART = 10  # a `Point` a row takes 13 s a million: measured on a tenth of the rows, scaled up


def run(size: Size) -> Iterator[Result]:
    for name, make in frames.FRAMES.items():
        frame = make(size.rows)
        few = frame.head(size.rows // PART)
        took = _measured(frame, few if name == "wide" else None, size)

        def faster(
            against: str,
            times: float,
            scale: float = 1.0,
            name: str = name,
            took: dict[str, Took] = took,
        ) -> Result:
            theirs = took[against].wall * scale
            return Result(f"serialize: {name}", took["ours"].wall, theirs, against, times)

        yield faster("influxdb-client DataFrame", BARS[name])
        if name == "wide":
            yield faster("influxdb-client Point", 25, PART)
        if "sluicebox" in took:
            yield faster("sluicebox", 1.8)


def _measured(frame: frames.Frame, few: frames.Frame | None, size: Size) -> dict[str, Took]:
    contenders: dict[str, Work] = {
        "ours": lambda: ours.size_of_lines(frame),
        "influxdb-client DataFrame": lambda: peers.lines_of_frame(frame),
    }
    if few is None:
        return in_turns(contenders, size)
    contenders["influxdb-client Point"] = lambda: peers.lines_of_points(few)
    if not peers.HAS_SLUICEBOX:
        return in_turns(contenders, size)
    with peers.sluicebox() as other:
        options = peers.sluicebox_options(frame)
        contenders["sluicebox"] = lambda: list(other.to_line_protocol(frame.data, **options))
        return in_turns(contenders, size)
