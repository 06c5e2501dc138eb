"""The server of a component."""

from typing import Any

import dagster as dg
from pydantic import Field

from influx_pipelines.resources import EstateResource, InfluxDBResource
from influx_pipelines.settings import Settings

# What `dg scaffold defs` writes: the names that the official client reads too.
FROM_ENVIRONMENT = {
    "url": "{{ env.INFLUXDB_URL }}",
    "org": "{{ env.INFLUXDB_ORG }}",
    "token": "{{ env.INFLUXDB_TOKEN }}",
}


class InfluxServer(dg.Model, dg.Resolvable):
    """An InfluxDB v2 server; without an address that of the settings, when a run asks."""

    url: str | None = Field(None, description="Address, as http://localhost:8086.")
    org: str | None = Field(None, description="Name of the organisation.")
    token: str | None = Field(
        None, repr=False, description="API token, as `{{ env.INFLUXDB_TOKEN }}`."
    )

    def resource(self) -> InfluxDBResource:
        """The resource of the assets; its values reach no configuration that Dagster keeps."""
        return InfluxDBResource(url=self.url or "", org=self.org or "", token=self.token or "")


def settings_with(**given: Any) -> Settings:
    """The settings of the environment, with what attributes say in their place.

    Raises:
        dagster.Failure: a variable is wrong.
    """
    said = {name: value for name, value in given.items() if value is not None}
    return EstateResource().settings().model_copy(update=said)
