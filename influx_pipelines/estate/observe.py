"""What is on the server."""

from __future__ import annotations

from collections.abc import Collection

from influx_pipelines.estate.kinds import BY_NAME, KINDS, NAMES
from influx_pipelines.estate.observed import Observed
from influx_pipelines.influx.client import Influx


def observe(client: Influx, kinds: Collection[str] = NAMES) -> Observed:
    """Look at the server; a list that cannot be whole is believed by nobody.

    Buckets are always looked at: their list tells whether the token sees everything.

    Raises:
        IncompleteList: the token does not see everything.
        InfluxError: the server did not answer.
    """
    wanted = {"bucket", *kinds}.union(*(BY_NAME[name].looks_at for name in kinds))
    seen = {kind.name: kind.observe(client) for kind in KINDS if kind.name in wanted}
    found = {name: objects for name, objects in seen.items() if objects is not None}
    return Observed(found.pop("bucket"), found.pop("dbrp_mapping", ()), found)
