"""`python -m influx_pipelines.embedded --port 8086 --data DIR`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from influx_pipelines.embedded.outbound import Outbound
from influx_pipelines.embedded.process import ServerError, serve


def main() -> int:
    """Serve until stopped; 1 with a sentence when that is not possible."""
    parser = argparse.ArgumentParser(
        prog="python -m influx_pipelines.embedded",
        description="A stand-in for InfluxDB 2 on this machine, to be set up like a real one.",
    )
    parser.add_argument("--port", type=int, default=0, help="0 (default) takes a free one")
    parser.add_argument("--host", default="127.0.0.1", help="a loopback address")
    parser.add_argument("--data", type=Path, required=True, help="the folder that holds everything")
    parser.add_argument("--no-scheduler", action="store_true", help="run tasks by hand only")
    parser.add_argument(
        "--allow-outbound",
        action="store_true",
        help="let scripts send to other machines (http.post, slack, notification rules)",
    )
    asked = parser.parse_args()
    outbound = Outbound(asked.allow_outbound)
    try:
        serve(asked.host, asked.port, asked.data, outbound, scheduling=not asked.no_scheduler)
    except ServerError as error:
        print(error, file=sys.stderr)  # noqa: T201
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
