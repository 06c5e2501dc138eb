"""What becomes of lines that the server refuses, and of a server that refuses all."""

from __future__ import annotations

import pytest

from influx_pipelines.influx import errors
from influx_pipelines.influx.transport import LOOPBACK
from influx_pipelines_tests.writes import STORED, Reply, Writes

ROWS = [{"t": f"t{n}", "f": float(n), "time": n} for n in range(8)]
CONFLICT = (
    'partial write: field type conflict: input field "f" on measurement "m" is type float, already '
    "exists as type integer dropped={}"
)


def test_a_body_that_is_too_large_is_sent_in_halves_in_order() -> None:
    writes = Writes(lambda number, body: STORED if body.count(b"\n") <= 2 else (413, "too large"))
    result = writes.client().write(ROWS, bucket="b", measurement="m", tags=["t"])
    assert [body.count(b"\n") for body in writes.stored] == [2, 2, 2, 2]
    assert b"".join(writes.stored) == writes.bodies[0]
    assert (result.points, result.dropped, result.requests) == (8, 0, 7)
    assert result.bytes == len(writes.bodies[0])


def test_halves_are_cut_at_lines_and_not_within_a_text() -> None:
    rows = [{"f": f'a "b\n{n}', "time": n} for n in range(3)]
    writes = Writes(lambda number, body: STORED if b" 0\n" not in body or number else (413, "x"))
    writes.client().write(rows, bucket="b", measurement="m")
    assert writes.stored == [b'm f="a \\"b\n0" 0\n', b'm f="a \\"b\n1" 1\nm f="a \\"b\n2" 2\n']


def test_a_single_line_that_is_too_large_is_dropped_with_its_row() -> None:
    writes = Writes(lambda number, body: (413, "too large") if b"t3" in body else STORED)
    with pytest.raises(errors.PartialWrite, match="row 3: 15 bytes are more than") as caught:
        writes.client().write(ROWS, bucket="b", measurement="m", tags=["t"])
    result = caught.value.result
    assert result is not None
    assert (result.points, result.dropped) == (7, 1)


def test_a_413_of_a_proxy_that_is_no_influxdb_is_split_too() -> None:
    writes = Writes(lambda number, body: STORED if number else (413, ""))
    writes.headers = {"content-type": "text/html"}
    assert writes.client().write(ROWS, bucket="b", measurement="m", tags=["t"]).points == 8


def test_lines_that_the_server_cannot_read_are_dropped_and_the_others_sent_again() -> None:
    """The server stores nothing of a body with a bad line."""

    def reply(number: int, body: bytes) -> Reply:
        bad = [line for line in body.decode().splitlines() if "t2" in line or "t5" in line]
        reasons = [f"unable to parse '{line}': invalid number" for line in bad]
        return (400, "\n".join(reasons)) if reasons else STORED

    writes = Writes(reply)
    with pytest.raises(errors.PartialWrite) as caught:
        writes.client().write(ROWS, bucket="b", measurement="m", tags=["t"])
    assert caught.value.dropped == 2
    assert caught.value.reasons == [
        "row 2: invalid number: m,t=t2 f=2.0 2",
        "row 5: invalid number: m,t=t5 f=5.0 5",
    ]
    assert len(writes.bodies) == 2
    assert writes.stored[0].count(b"\n") == 6


def test_bad_lines_with_line_breaks_in_their_texts_are_found() -> None:
    def reply(number: int, body: bytes) -> Reply:
        bad = "m f=\"b\nunable to parse 'm f=1 1': x\" 1"
        return STORED if number else (400, f"unable to parse '{bad}': bad\nunable to parse 'm 2")

    rows = [
        {"f": text, "time": n}
        for n, text in enumerate(["a\nb", "b\nunable to parse 'm f=1 1': x", "c"])
    ]
    writes = Writes(reply)
    with pytest.raises(errors.PartialWrite, match="row 1: bad"):
        writes.client().write(rows, bucket="b", measurement="m")
    assert writes.stored == [b'm f="a\nb" 0\nm f="c" 2\n']


def test_rows_are_numbered_as_in_the_table_where_rows_were_skipped() -> None:
    rows = [{"f": None, "time": 0}, {"f": 1.0, "time": 1}, {"f": None, "time": 2}]
    writes = Writes(lambda number, body: (400, "unable to parse 'm f=1.0 1': why"))
    with pytest.raises(errors.PartialWrite, match="row 1: why") as caught:
        writes.client().write(rows, bucket="b", measurement="m")
    assert caught.value.result is not None
    assert caught.value.result.skipped == 2


@pytest.mark.parametrize("message", ["unable to parse 'another line': x", "no such precision"])
def test_another_400_is_an_error(message: str) -> None:
    writes = Writes(lambda number, body: (400, message))
    with pytest.raises(errors.Invalid, match=message):
        writes.client().write(ROWS, bucket="b", measurement="m")
    assert len(writes.bodies) == 1


def test_a_conflict_of_types_names_field_and_both_types_and_is_summed() -> None:
    writes = Writes(lambda number, body: (422, CONFLICT.format(2)))
    with pytest.raises(
        errors.PartialWrite, match=r"'f'.*as float.*as type integer \(4 p"
    ) as caught:
        writes.client().write(ROWS, bucket="b", measurement="m", tags=["t"], chunk_rows=4)
    result = caught.value.result
    assert result is not None
    assert (result.points, result.dropped) == (4, 4)
    (conflict,) = result.conflicts
    assert (conflict.field, conflict.measurement, conflict.sent, conflict.stored) == (
        "f", "m", "float", "integer",
    )  # fmt: skip
    assert conflict.dropped == 4


def test_a_partial_write_that_dropped_nothing_is_stored() -> None:
    message = (
        'partial write: invalid field name: input field "time" on measurement "m" is invalid. '
        'Field "time" has been stripped from point. dropped=0 for database: 1 for retention policy'
    )
    writes = Writes(lambda number, body: (422, message))
    result = writes.client().write(ROWS, bucket="b", measurement="m", tags=["t"])
    assert (result.points, result.dropped) == (8, 0)
    assert "stripped" in result.reasons[0]


def test_another_422_is_an_error() -> None:
    writes = Writes(lambda number, body: (422, "something else"))
    with pytest.raises(errors.Invalid, match="something else"):
        writes.client().write(ROWS, bucket="b", measurement="m")


def test_reasons_are_bounded() -> None:
    def reply(number: int, body: bytes) -> Reply:
        bad = [f"unable to parse '{line}': why" for line in body.decode().splitlines()]
        return (400, "\n".join(bad))

    rows = [{"f": n, "time": n} for n in range(500)]
    with pytest.raises(errors.PartialWrite) as caught:
        Writes(reply).client().write(rows, bucket="b", measurement="m")
    assert (caught.value.dropped, len(caught.value.reasons)) == (500, 100)


def test_a_repeat_sends_the_same_bytes() -> None:
    writes = Writes(lambda number, body: STORED if number else (503, "busy"))
    writes.headers = {"Retry-After": "0"}
    result = writes.client().write([{"f": 1}], bucket="b", measurement="m")
    assert writes.bodies[0] == writes.bodies[1]
    assert (result.points, result.requests) == (1, 1)


def test_retry_after_is_honoured_up_to_the_clients_patience() -> None:
    writes = Writes(lambda number, body: (429, "slow down"))
    writes.headers = {"Retry-After": "60"}
    with pytest.raises(errors.RateLimited) as caught:
        writes.client().write(ROWS, bucket="b", measurement="m")
    assert caught.value.retry_after == 60
    assert len(writes.bodies) == 1


def test_bodies_are_packed_except_for_loopback() -> None:
    writes = Writes()
    writes.client("http://influx.example:8086").write(ROWS, bucket="b", measurement="m")
    assert writes.requests[0]["headers"]["Content-Encoding"] == "gzip"
    assert len(writes.requests[0]["body"]) < len(writes.bodies[0])
    for host in sorted(LOOPBACK):
        writes = Writes()
        url = f"http://[{host}]:8086" if ":" in host else f"http://{host}:8086"
        writes.client(url).write(ROWS, bucket="b", measurement="m")
        assert "Content-Encoding" not in writes.requests[0]["headers"]
