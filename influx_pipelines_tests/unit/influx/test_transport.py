from __future__ import annotations

import os

from influx_pipelines.influx.transport import Transport


def test_a_forked_process_makes_connections_of_its_own() -> None:
    """On one connection parent and child read each other's answers."""
    transport = Transport("http://localhost:1", "token", "org")
    before = transport.official
    transport._lock.acquire()  # as a thread would hold it that the child does not have
    child = os.fork()
    if not child:
        os._exit(0 if transport.official is not before else 1)
    transport._lock.release()
    assert os.waitpid(child, 0)[1] == 0
    assert transport.official is before
