"""A few calls at once, on threads that nobody has to wait for."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


def in_parallel(call: Callable[[T], R], jobs: Sequence[T], workers: int) -> Iterator[tuple[T, R]]:
    """Each job with what the call gives, as they end; the first error ends all.

    A thread of a pool is waited for, also at the end of the process: one that waits ten minutes for
    a byte would keep a cancelled backup alive for so long. These here are left alone.

    Raises:
        BaseException: of the first call that failed.
    """
    waiting: queue.SimpleQueue[T] = queue.SimpleQueue()
    ended: queue.SimpleQueue[tuple[T, R | BaseException]] = queue.SimpleQueue()
    given_up = threading.Event()
    for job in jobs:
        waiting.put(job)

    def work() -> None:
        while not given_up.is_set():
            try:
                job = waiting.get_nowait()
            except queue.Empty:
                return
            try:
                ended.put((job, call(job)))
            except BaseException as error:
                ended.put((job, error))

    for number in range(min(workers, len(jobs))):
        threading.Thread(target=work, name=f"backup {number}", daemon=True).start()
    try:
        for _ in jobs:
            job, found = ended.get()
            if isinstance(found, BaseException):
                raise found
            yield job, found
    finally:
        given_up.set()
