"""What is on the server."""

from __future__ import annotations

from dataclasses import dataclass

from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket, Dbrp


@dataclass(frozen=True, slots=True)
class Observed:
    """Buckets (system ones too) and DBRP mappings (virtual ones too) of an organisation."""

    buckets: tuple[Bucket, ...] = ()
    mappings: tuple[Dbrp, ...] = ()


def observe(client: Influx) -> Observed:
    """Look at the server; a list that cannot be whole is believed by nobody.

    Raises:
        IncompleteList: the token does not see everything.
        InfluxError: the server did not answer.
    """
    return Observed(tuple(client.buckets()), tuple(client.dbrps()))
