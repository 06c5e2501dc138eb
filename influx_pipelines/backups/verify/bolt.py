"""A bolt file: the store of a server's metadata, walked page by page.

Source: the format of `go.etcd.io/bbolt`. A page begins as in `boltmeta`; then come its elements,
and their keys and values one after the other. A value can be a bucket: its root and sequence (8
each), and where the root is 0, its only page.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from struct import Struct
from typing import NamedTuple

from influx_pipelines.backups.verify.boltmeta import PAGE, check_rest, read_meta
from influx_pipelines.backups.verify.damages import Broken, Finds

BRANCH, LEAF, FREELIST = 1, 2, 16
NO_FREELIST = 2**64 - 1
BRANCH_ELEMENT, LEAF_ELEMENT = Struct("<IIQ"), Struct("<IIII")
BUCKET, NUMBER = Struct("<QQ"), Struct("<Q")
IS_BUCKET = 1
DEEPEST = 32  # of a tree, and of buckets within buckets


class Item(NamedTuple):
    """A key and its value, with the names of the buckets that they are in."""

    path: tuple[bytes, ...]
    key: bytes
    value: bytes


@dataclass(frozen=True)
class _Bounds:
    """What keys below an element of a branch can be."""

    low: bytes = b""
    high: bytes | None = None


class Bolt:
    """A bolt file in memory.

    Args:
        data: the whole file.
        finds: where damages go.

    Raises:
        Broken: it is none, or is cut.
    """

    def __init__(self, data: memoryview, finds: Finds) -> None:
        self._data, self._finds = data, finds
        self._meta = read_meta(data)
        self._seen: dict[int, str] = {}

    def items(self) -> Iterator[Item]:
        """All keys and values that are no buckets; damages on the way are noted."""
        try:
            yield from self._bucket((), self._meta.root)
            self._freelist()
            self._all_pages()
        except Broken as error:
            self._finds.add(error.what, error.where)

    def _bucket(self, path: tuple[bytes, ...], root: int) -> Iterator[Item]:
        if len(path) > DEEPEST:
            raise Broken("its buckets are nested without end")
        yield from self._tree(path, root, _Bounds(), 0)

    def _tree(
        self, path: tuple[bytes, ...], number: int, bounds: _Bounds, depth: int
    ) -> Iterator[Item]:
        kind, count, page = self._page(number, (BRANCH, LEAF))
        where = f"page {number}"
        if kind == LEAF:
            yield from self._leaf(path, page, count, bounds, where)
            return
        if depth > DEEPEST or not count:
            raise Broken("a branch of its tree is empty or goes round in circles", where)
        children = list(_branch(page, count, bounds, where))
        for (key, child), after in zip(children, [*children[1:], None], strict=True):
            below = _Bounds(key, bounds.high if after is None else after[0])
            yield from self._tree(path, child, below, depth + 1)

    def _leaf(
        self,
        path: tuple[bytes, ...],
        page: memoryview,
        count: int,
        bounds: _Bounds,
        where: str,
    ) -> Iterator[Item]:
        before: bytes | None = None
        end = _elements(page, count, LEAF_ELEMENT, where)
        for at in range(PAGE.size, end, LEAF_ELEMENT.size):
            flags, offset, key_size, size = LEAF_ELEMENT.unpack_from(page, at)
            end = _next(page, at + offset, key_size + size, end, where)
            key = bytes(page[at + offset : at + offset + key_size])
            value = bytes(page[at + offset + key_size : end])
            _check_order(key, before, bounds, where)
            before = key
            if flags == IS_BUCKET:
                yield from self._sub_bucket((*path, key), value, where)
            elif flags:
                raise Broken("an element is of a kind that there is not", where)
            else:
                yield Item(path, key, value)
        check_rest(page, end, where)

    def _sub_bucket(self, path: tuple[bytes, ...], value: bytes, where: str) -> Iterator[Item]:
        where = f"{where}, bucket {path[-1][:80].decode(errors='backslashreplace')}"
        if len(value) < BUCKET.size:
            raise Broken("a bucket is cut", where)
        root, _ = BUCKET.unpack_from(value)
        if root:
            yield from self._bucket(path, root)
            return
        page = memoryview(value)[BUCKET.size :]
        if len(page) < PAGE.size:
            raise Broken("a bucket is cut", where)
        number, kind, count, more = PAGE.unpack_from(page)
        if (number, kind, more) != (0, LEAF, 0):
            raise Broken("the page within a bucket is none", where)
        yield from self._leaf(path, page, count, _Bounds(), where)

    def _page(self, number: int, kinds: tuple[int, ...]) -> tuple[int, int, memoryview]:
        """Kind, count of elements, and the bytes of a page that nothing else may point to."""
        where, size = f"page {number}", self._meta.page_size
        if not 2 <= number < self._meta.pages:
            raise Broken("its tree points to a page outside of the file", where)
        own, kind, count, more = PAGE.unpack_from(self._data, number * size)
        if own != number or kind not in kinds or number + more >= self._meta.pages:
            raise Broken("the page is not the one that its tree points to", where)
        for page in range(number, number + more + 1):
            self._once(page, "in use")
        return kind, count, self._data[number * size : (number + more + 1) * size]

    def _once(self, page: int, use: str) -> None:
        if page in self._seen:
            raise Broken(f"the page is {self._seen[page]} and {use}", f"page {page}")
        self._seen[page] = use

    def _freelist(self) -> None:
        if self._meta.freelist == NO_FREELIST:
            return
        _, count, page = self._page(self._meta.freelist, (FREELIST,))
        where, start = f"page {self._meta.freelist}", PAGE.size
        if count == 0xFFFF:  # more than that: the first number is how many
            (count,) = NUMBER.unpack_from(page, start)
            start += NUMBER.size
        end = start + count * NUMBER.size
        if end > len(page):
            raise Broken("the list of free pages is longer than its page", where)
        before = 1
        for (number,) in NUMBER.iter_unpack(page[start:end]):
            if not before < number < self._meta.pages:
                raise Broken("the list of free pages is not in order", where)
            self._once(number, "free")
            before = number
        check_rest(page, end, where)

    def _all_pages(self) -> None:
        lost = [n for n in range(2, self._meta.pages) if n not in self._seen]
        if lost and self._meta.freelist != NO_FREELIST:
            self._finds.add(f"{len(lost)} pages are neither in use nor free", f"page {lost[0]}")


def _branch(
    page: memoryview, count: int, bounds: _Bounds, where: str
) -> Iterator[tuple[bytes, int]]:
    """Least keys and pages of the children of a branch."""
    before: bytes | None = None
    end = _elements(page, count, BRANCH_ELEMENT, where)
    for at in range(PAGE.size, end, BRANCH_ELEMENT.size):
        offset, key_size, child = BRANCH_ELEMENT.unpack_from(page, at)
        end = _next(page, at + offset, key_size, end, where)
        key = bytes(page[at + offset : end])
        _check_order(key, before, bounds, where)
        before = key
        yield key, child
    check_rest(page, end, where)


def _next(page: memoryview, start: int, size: int, expected: int, where: str) -> int:
    """Where a key or value ends; each begins where the one before ended."""
    if start != expected or start + size > len(page):
        raise Broken("a key or value is not where it should be", where)
    return start + size


def _check_order(key: bytes, before: bytes | None, bounds: _Bounds, where: str) -> None:
    above = bounds.high is not None and key >= bounds.high
    if (before is not None and key <= before) or key < bounds.low or above:
        raise Broken("its keys are not in order", where)


def _elements(page: memoryview, count: int, form: Struct, where: str) -> int:
    """Where the elements of a page end and the first key begins."""
    end = PAGE.size + count * form.size
    if end > len(page):
        raise Broken("a page counts more elements than it can hold", where)
    return end
