"""Whether a service can be reached, told quickly."""

from __future__ import annotations

from threading import Thread
from urllib.parse import urlsplit

from influx_pipelines.sources.errors import SourceError
from influx_pipelines.sources.http import Http

SECONDS = 2.0


def answers(url: str, seconds: float = SECONDS) -> bool:
    """Whether anything answers there, be it with an error; False after the given seconds."""
    answered = []

    def ask() -> None:
        with Http(url, timeout=(seconds, seconds), retries=0) as http:
            try:
                http.get("").close()
            except SourceError as error:
                if error.status is None:
                    return
        answered.append(True)

    # Looking up a name has no time-out of its own, and may take long without a network.
    thread = Thread(target=ask, name="reachable", daemon=True)
    thread.start()
    thread.join(seconds)
    return bool(answered)


def host_of(url: str) -> str:
    """Host and port of an address, as a message may show them."""
    return urlsplit(url).netloc.rpartition("@")[2]
