"""Lists that are whole, and creations that happen once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from influx_pipelines.influx.errors import Conflict, Unavailable
from influx_pipelines.influx.retry import retrying

T = TypeVar("T")
PAGE = 100
PAGE_AFTER = 500  # the most that a list of tasks gives

Get = Callable[[Mapping[str, Any]], list[dict[str, Any]]]


def pages(get: Get) -> list[dict[str, Any]]:
    """Every item, by offset, until a page is empty or brings no new ID.

    `links.next` is not followed: it loses filters and mixes two ways of counting, and some lists
    ignore the offset altogether. A page that is not full is not the end for a restricted token,
    whose items are filtered after the page was cut.
    """
    found: dict[str, dict[str, Any]] = {}
    offset = 0
    while True:
        page = get({"limit": PAGE, "offset": offset})
        new = {item["id"]: item for item in page if item["id"] not in found}
        if not new:
            return list(found.values())
        found.update(new)
        offset += PAGE


def pages_after(get: Get) -> list[dict[str, Any]]:
    """Every item of a list that knows no offset: page by page after the last ID."""
    found: dict[str, dict[str, Any]] = {}
    asked: dict[str, Any] = {"limit": PAGE_AFTER}
    while True:
        new = {item["id"]: item for item in get(asked) if item["id"] not in found}
        if not new:
            return list(found.values())
        found.update(new)
        asked = {"limit": PAGE_AFTER, "after": next(reversed(new))}


def create_once(create: Callable[[], T], find: Callable[[], T | None], seconds: float) -> T:
    """Create a thing that may exist after an answer was lost: before each repeat look for it.

    Raises:
        Conflict: the name was taken before we tried.
        InfluxError: as the server said.
    """
    tried = False

    def once() -> T:
        nonlocal tried
        if tried and (there := find()) is not None:
            return there
        try:
            return create()
        except Unavailable:
            tried = True
            raise
        except Conflict:
            if tried and (there := find()) is not None:
                return there
            raise

    return retrying(once, seconds)
