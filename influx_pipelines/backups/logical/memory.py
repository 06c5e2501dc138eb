"""Little memory for long work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def lean_memory() -> Iterator[None]:
    """Arrow's memory from the system, to which it goes back as soon as it is free.

    Its usual allocator keeps 60 MiB of small batches that came and went. Other threads of the
    process get theirs from the system meanwhile, which does them no harm.
    """
    import pyarrow as pa

    before = pa.default_memory_pool()
    pa.set_memory_pool(pa.system_memory_pool())
    try:
        yield
    finally:
        pa.set_memory_pool(before)
