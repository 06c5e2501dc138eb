"""The first two pages of a bolt file, which tell where everything is.

Source: the format of `go.etcd.io/bbolt`, and what its `Tx.WriteTo` writes: two pages of meta, then
all pages up to the high-water mark. All numbers are little endian.

    page: number (8), kind (2), count (2), how many pages more (4)
    meta: magic (4), version (4), page size (4), flags (4), root (8), sequence (8), freelist (8),
          high-water mark (8), transaction (8), FNV-64a of all that (8)
"""

from __future__ import annotations

from dataclasses import dataclass
from struct import Struct

from influx_pipelines.backups.verify.damages import Broken

MAGIC, VERSION, KIND = 0xED0CDAED, 2, 4
PAGE, META, CHECKSUM = Struct("<QHHI"), Struct("<IIIIQQQQQQ"), Struct("<Q")
PAGE_SIZES = tuple(1 << n for n in range(9, 17))


@dataclass(frozen=True)
class Meta:
    """Where things are; pages by their number."""

    page_size: int
    root: int
    freelist: int
    pages: int
    transaction: int


def read_meta(data: memoryview) -> Meta:
    """What both pages of meta say; a backup has two good ones, of one transaction and the next."""
    if len(data) < PAGE.size + META.size:
        raise Broken(f"is no bolt file: it has {len(data)} bytes")
    first = _one_meta(data, 0, 0)
    second = _one_meta(data, 1, first.page_size)
    if (first.root, first.freelist, first.pages, first.transaction - 1) != (
        second.root,
        second.freelist,
        second.pages,
        second.transaction,
    ):
        raise Broken("its two pages of meta contradict each other", "page 1")
    if len(data) != first.pages * first.page_size:
        raise Broken(
            f"has {len(data):,} bytes unpacked, where {first.pages} pages of "
            f"{first.page_size} bytes should be"
        )
    return first


def _one_meta(data: memoryview, number: int, page_size: int) -> Meta:
    where, start = f"page {number}", number * page_size
    if len(data) < start + PAGE.size + META.size:
        raise Broken("breaks off", where)
    header = PAGE.unpack_from(data, start)
    form = META.unpack_from(data, start + PAGE.size)
    magic, version, size, _, root, _, freelist, pages, transaction, checksum = form
    if (*header, magic, version) != (number, KIND, 0, 0, MAGIC, VERSION):
        raise Broken("is no bolt file: a page of meta does not begin as one", where)
    end = start + PAGE.size + META.size
    if _fnv(data[start + PAGE.size : end - CHECKSUM.size]) != checksum:
        raise Broken("the checksum of a page of meta is wrong", where)
    if size not in PAGE_SIZES or (page_size and size != page_size):
        raise Broken(f"a page of meta tells of pages of {size} bytes", where)
    check_rest(data[start : start + size], end - start, where)
    return Meta(size, root, freelist, pages, transaction)


def _fnv(data: memoryview) -> int:
    """FNV-64a."""
    state = 0xCBF29CE484222325
    for byte in data:
        state = (state ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return state


def check_rest(page: memoryview, end: int, where: str) -> None:
    """What no element fills is zero."""
    if bytes(page[end:]).strip(b"\0"):
        raise Broken("there is something after the last element of a page", where)
