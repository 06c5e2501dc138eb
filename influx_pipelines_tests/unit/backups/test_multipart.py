"""The parts of a metadata answer, however its bytes are cut into chunks."""

from __future__ import annotations

import pytest

from influx_pipelines.backups.errors import BrokenDownload
from influx_pipelines.backups.native.multipart import boundary_of, parts

ANSWER = (
    b'--b1\r\nContent-Disposition: attachment; name="kv"\r\n\r\n'
    b"\0\r\n--b\r\n--b\n\xff\r\n\r\n--b1\r\n"
    b"content-disposition: attachment; name=sql\r\nContent-Type: application/octet-stream\r\n\r\n"
    b"\r\n--b1\r\nContent-Disposition: attachment; name=buckets\r\n\r\n[]\r\n--b1--\r\n"
)
PARTS = [("kv", b"\0\r\n--b\r\n--b\n\xff\r\n"), ("sql", b""), ("buckets", b"[]")]


def read(answer: bytes, size: int = 1 << 20) -> list[tuple[str, bytes]]:
    chunks = (answer[n : n + size] for n in range(0, len(answer), size))
    return [(part.name, b"".join(part.chunks)) for part in parts(chunks, b"b1")]


def test_a_boundary_is_found_wherever_a_chunk_ends():
    assert all(read(ANSWER, size) == PARTS for size in range(1, len(ANSWER) + 1))


def test_an_answer_that_ends_anywhere_before_its_end_is_broken():
    for length in range(len(ANSWER) - len("\r\n")):
        with pytest.raises(BrokenDownload):
            read(ANSWER[:length])


@pytest.mark.parametrize("more", [b"x", b"\r\n--b1\r\n", bytes(5)])
def test_nothing_may_follow_the_last_boundary(more):
    with pytest.raises(BrokenDownload, match="goes on"):
        read(ANSWER + more)


def test_a_part_that_nobody_reads_is_passed_over():
    assert [part.name for part in parts([ANSWER], b"b1")] == ["kv", "sql", "buckets"]


def test_a_head_without_end_is_not_kept_in_memory():
    with pytest.raises(BrokenDownload, match="head"):
        read(b"--b1\r\n" + b"x" * (1 << 20), 4096)


def test_the_boundary_comes_from_the_header():
    assert boundary_of('multipart/mixed; boundary="a b"') == b"a b"
    for wrong in ("", "application/json", "multipart/mixed"):
        with pytest.raises(BrokenDownload):
            boundary_of(wrong)
