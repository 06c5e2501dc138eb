"""`influx-pipelines api`: the HTTP API, until Ctrl-C."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

import typer

from influx_pipelines.apitokens import FIELDS, token_file
from influx_pipelines.cli.console import err
from influx_pipelines.cli.server import stop_signals
from influx_pipelines.server.choose import running_server
from influx_pipelines.settings import Settings, load_settings, variable_of


def api(
    host: Annotated[
        str, typer.Option(help="Address to listen at; other than loopback, put TLS before it.")
    ] = "127.0.0.1",
    port: Annotated[
        int | None,
        typer.Option(min=1, max=65535, help="Port; that of INFLUX_PIPELINES_API_URL by default."),
    ] = None,
) -> None:
    """Serve alerts, checks, host metrics and records over HTTP, until Ctrl-C."""
    import uvicorn

    from influx_pipelines.api import logs
    from influx_pipelines.api.app import create_app

    settings = load_settings()
    port = port or urlsplit(settings.api_url).port or 80
    # Signals end uvicorn first, then this block, so that a server that was started here ends too.
    with stop_signals(), running_server(settings) as connection:
        app = create_app(settings, connection)
        err.print(f"InfluxDB  {connection.url}  ({connection.kind})")
        err.print(f"API       http://{host}:{port}/docs")
        _show_tokens(settings)
        logs.configure()
        config = uvicorn.Config(
            app, host, port, log_config=None, access_log=False, server_header=False
        )
        uvicorn.Server(config).run()


def _show_tokens(settings: Settings) -> None:
    for role, field in FIELDS.items():
        given = getattr(settings, field) is not None
        place = variable_of(field) if given else token_file(settings.home, role)
        err.print(f"Token     {place}  ({role})")
