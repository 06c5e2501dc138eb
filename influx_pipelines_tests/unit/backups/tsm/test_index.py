"""The index of a TSM file: what it says, and whatever is wrong with it."""

from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import nullcontext

import pytest

from influx_pipelines.backups.tsm import index
from influx_pipelines.backups.tsm.errors import TsmError
from influx_pipelines.backups.tsm.index import TsmFile
from influx_pipelines.backups.tsm.shard import Shard
from influx_pipelines_tests.tsm.files import assembled, block, checked, sealed, tsm
from influx_pipelines_tests.tsm.numbers import integers, words

KEY, NEXT = b"m,host=a#!~#f", b"m,host=b#!~#f"
BLOCK = block("integer", [(1, 10), (2, 20), (9, 90)])
LATE = block("integer", [(11, 1)])
STILL = b"\1\x0b\x20" + bytes(9) + b"\5" + integers([1] * 5)  # five times, all the same
ENDLESS = b"\1\x0a\x20" + bytes(8) + b"\1" + b"\x09" + integers([1] * 9)  # no number in its times


def errors_of(data: bytes) -> list[str]:
    """What a whole look at a file finds, and that nothing can be read beside it."""
    try:
        file = TsmFile(data, "1.tsm")
    except TsmError as error:
        return [error.what]
    errors = file.check()
    assert [str(error) for error in Shard([file]).verify()[0]] == [str(error) for error in errors]
    with pytest.raises(TsmError) if errors else nullcontext():
        list(Shard([file]).points())
    return [error.what for error in errors]


def test_keys_have_series_field_type_and_blocks() -> None:
    points = [(n, n) for n in range(25)]
    data = tsm({NEXT: ("integer", points), KEY: ("boolean", [(7, True)])}, per_block=10)
    one, two = TsmFile(data).keys()
    assert (one.series, one.field, one.type) == (b"m,host=a", b"f", "boolean")
    assert (two.series, two.field, two.type) == (b"m,host=b", b"f", "integer")
    assert two.entries["first"].tolist() == [0, 10, 20]
    assert two.entries["last"].tolist() == [9, 19, 24]
    assert two.entries["offset"][0] == one.entries["offset"][0] + one.entries["size"][0]


@pytest.mark.parametrize("batch", [1, 7, 1000])
def test_an_index_of_many_windows_and_batches_is_read_whole(
    monkeypatch: pytest.MonkeyPatch, batch: int
) -> None:
    monkeypatch.setattr(index, "WINDOW", 300)
    monkeypatch.setattr(index, "BATCH", batch)
    columns = {b"m%03d#!~#f" % n: ("integer", [(1, n), (3, n)]) for n in range(99)}
    file = TsmFile(tsm(columns, per_block=1))
    keys = file.keys()
    assert [key.series for key in keys] == [b"m%03d" % n for n in range(99)]
    assert not file.check()


@pytest.mark.parametrize(
    "data", [b"", b"\x16\xd1\x16\xd1\x01", bytes(100), tsm({KEY: ("integer", [(1, 1)])})[:-3]]
)
def test_what_is_no_tsm_file_or_was_cut_is_refused(data: bytes) -> None:
    assert errors_of(data)


Keys = list[tuple[bytes, str, list[tuple[int, int, bytes]]]]


@pytest.mark.parametrize(
    ("keys", "what"),
    [
        ([(NEXT, "integer", [(1, 9, BLOCK)]), (KEY, "integer", [(1, 9, BLOCK)])], "their order"),
        ([(KEY, "integer", [(1, 9, BLOCK)])] * 2, "their order"),
        ([(KEY, "integer", [])], "broken key"),
        ([(b"m,host=a", "integer", [(1, 9, BLOCK)])], "broken key"),
        ([(KEY, "integer", [(9, 1, BLOCK)])], "no time"),
        ([(KEY, "integer", [(2, 9, BLOCK)])], "not those of the index"),
        ([(KEY, "integer", [(1, 8, BLOCK)])], "not those of the index"),
        ([(KEY, "unsigned", [(1, 9, BLOCK)])], "another type"),
        ([(KEY, "integer", [(1, 9, BLOCK[:-1] + b"\0")])], "checksum"),
        ([(KEY, "integer", [(1, 9, b"short")])], "one after the other"),
        ([(KEY, "integer", [(11, 11, LATE), (1, 9, BLOCK)])], "the order of time"),
        ([(KEY, "integer", [(0, 0, checked(STILL))])], "not those of the index"),
        ([(KEY, "integer", [(0, 8, checked(ENDLESS))])], "times of a block are broken"),
        ([(KEY, "integer", [(1, 9, checked(BLOCK[4:20]))])], "times of a block are broken"),
    ],
)
def test_what_a_server_never_writes_is_named(keys: Keys, what: str) -> None:
    (error,) = errors_of(assembled(keys))
    assert what in error


Patch = Callable[[bytearray, int], None]


def entry(place: int, layout: str, value: int) -> Patch:
    """Another number in the entry of a file's only block."""

    def patch(data: bytearray, start: int) -> None:
        struct.pack_into(layout, data, start + 2 + len(KEY) + 3 + place, value)

    return patch


def byte(place: int, value: int) -> Patch:
    def patch(data: bytearray, start: int) -> None:
        data[start + place] = value

    return patch


@pytest.mark.parametrize(
    "patch",
    [
        *(entry(16, ">q", n) for n in (0, 6, -1, 2**62, 2**63 - 1)),
        *(entry(24, ">I", n) for n in (0, 1, 15, len(BLOCK) - 1, len(BLOCK) + 1, 2**32 - 1)),
        *(byte(0, n) for n in (1, 255)),
        *(byte(1, n) for n in (0, 1, len(KEY) + 1, 255)),
        *(byte(2 + len(KEY), n) for n in (4, 5, 255)),
        *(byte(2 + len(KEY) + 1, n) for n in (1, 255)),
        *(byte(2 + len(KEY) + 2, n) for n in (0, 2, 255)),
        *(byte(-1, n) for n in (BLOCK[-1] ^ 1, BLOCK[-1] ^ 128)),
    ],
)
def test_no_number_of_the_index_can_be_changed_unseen(patch: Patch) -> None:
    data = bytearray(assembled([(KEY, "integer", [(1, 9, BLOCK)])]))
    start = struct.unpack(">Q", data[-8:])[0]
    patch(data, start)
    assert errors_of(bytes(data))
    data = bytearray(assembled([(KEY, "integer", [(1, 9, BLOCK)])]))
    for offset in (0, start - 1, start + 1, len(data), 2**63, 2**64 - 1):
        struct.pack_into(">Q", data, len(data) - 8, offset)
        assert errors_of(bytes(data))


def test_what_no_key_owns_before_the_index_is_named() -> None:
    data = assembled([(KEY, "integer", [(1, 9, BLOCK)])])
    start = struct.unpack(">Q", data[-8:])[0]
    longer = data[:start] + b"lost" + data[start:-8] + struct.pack(">Q", start + 4)
    assert ["No key owns" in what for what in errors_of(longer)] == [True]


def test_times_out_of_order_are_an_error_where_they_are_read() -> None:
    times = b"\0" + words([1, 9, 2**64 - 5, 4])  # 1, 10, 5, 9
    unordered = sealed("integer", times, integers([1, 2, 3, 4]))
    shard = Shard([TsmFile(assembled([(KEY, "integer", [(1, 9, unordered)])]))])
    with pytest.raises(TsmError, match="not in their order"):
        list(shard.points())


def test_many_damages_are_named_up_to_a_number() -> None:
    columns = {b"m%03d#!~#f" % n: ("integer", [(1, n)]) for n in range(300)}
    data = bytearray(tsm(columns))
    keys = TsmFile(bytes(data)).keys()
    for key in keys:
        data[int(key.entries["offset"][0])] ^= 1
    assert len(TsmFile(data).check()) == 100
