"""The HTTP API on loopback, as uvicorn serves it, and a caller."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import uvicorn
from requests import Response, Session

from influx_pipelines.api.app import create_app
from influx_pipelines.server.connection import Connection
from influx_pipelines.settings import Settings

OPERATOR, WEBHOOK = "operator-of-these-tests", "webhook-of-these-tests"


@dataclass(frozen=True)
class Api:
    """Address of a running API, and a session with the operator's token."""

    url: str
    settings: Settings
    session: Session

    def get(self, path: str, /, **params: Any) -> Response:
        return self.session.get(self.url + path, params=params, timeout=30)

    def post(self, path: str, /, json: Any = None, token: str = OPERATOR) -> Response:
        headers = {"Authorization": f"Bearer {token}"}
        return self.session.post(self.url + path, json=json, headers=headers, timeout=30)

    def delete(self, path: str, /) -> Response:
        return self.session.delete(self.url + path, timeout=30)


@contextmanager
def serving(settings: Settings, connection: Connection) -> Iterator[Api]:
    """Serve until the end of the block."""
    app = create_app(settings, connection)
    config = uvicorn.Config(app, "127.0.0.1", 0, log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        if not thread.is_alive():
            raise RuntimeError("the API did not start")
        thread.join(0.01)
    port = server.servers[0].sockets[0].getsockname()[1]
    session = Session()
    session.headers["Authorization"] = f"Bearer {OPERATOR}"
    try:
        yield Api(f"http://127.0.0.1:{port}", settings, session)
    finally:
        session.close()
        server.should_exit = True
        thread.join(15)


def settings_of(**given: Any) -> Settings:
    """Settings of an API with the tokens of the tests."""
    own = {"api_token": OPERATOR, "webhook_token": WEBHOOK, "retry_seconds": 0.1}
    return Settings(_env_file=None, **{**own, **given})


def posted(level: str = "crit", minute: int = 0, **given: Any) -> dict[str, Any]:
    """What InfluxDB posts of the check CPU CHECK on the host web-1."""
    from influx_pipelines.alerts.instants import to_nanoseconds, utc_now

    now = to_nanoseconds(utc_now()) // 10**9 * 10**9 + minute * 60 * 10**9
    return {
        "_check_id": "0e4a6d1c2b3f4a5e",
        "_check_name": "CPU CHECK",
        "_level": level,
        "_measurement": "notifications",
        "_message": f"{level}: CPU CHECK",
        "_source_measurement": "cpu",
        "_source_timestamp": now - 10**9,
        "_status_timestamp": now,
        "_type": "threshold",
        "host": "web-1",
        "usage_idle": 3.1,
        **given,
    }
