"""What is on the server."""

from __future__ import annotations

from collections.abc import Collection

from influx_pipelines.estate.kinds import KINDS, NAMES
from influx_pipelines.estate.observed import Observed
from influx_pipelines.influx.client import Influx


def observe(client: Influx, kinds: Collection[str] = NAMES) -> Observed:
    """Look at the server; a list that cannot be whole is believed by nobody.

    Buckets are always looked at: their list tells whether the token sees everything.

    Raises:
        IncompleteList: the token does not see everything.
        InfluxError: the server did not answer.
    """
    wanted = {kind.name: kind for kind in KINDS if kind.name in {"bucket", *kinds}}
    seen = {name: kind.observe(client) for name, kind in wanted.items()}
    found = {name: objects for name, objects in seen.items() if objects is not None}
    return Observed(found.pop("bucket"), found.pop("dbrp_mapping", ()), found)
