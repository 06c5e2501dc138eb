"""`influx-pipelines server`: keep the InfluxDB of this project running."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from influx_pipelines.cli.console import out
from influx_pipelines.server.choose import running_server
from influx_pipelines.server.connection import connection_file
from influx_pipelines.settings import load_settings


def server() -> None:
    """Start the InfluxDB of this project, set it up, and keep it running until Ctrl-C."""
    settings = load_settings()
    with stop_signals() as stop, running_server(settings) as connection:
        out.print(f"InfluxDB      {connection.url}  ({connection.kind})")
        out.print(f"Organization  {connection.org}")
        if connection.ours:
            out.print(f"Token         in {connection_file(settings)}")
            stop.wait()


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, for the length of the block."""
    stop = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda *_: stop.set()) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
