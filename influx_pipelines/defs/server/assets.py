"""The server as an asset: what it is, whether it is well, what our token may do."""

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.defs.policies import managed_asset
from influx_pipelines.defs.runbooks import check_spec
from influx_pipelines.influx.client import Influx
from influx_pipelines.resources import InfluxDBResource

HEALTHY = check_spec(
    "healthy",
    asset=["influx", "server"],
    blocking=True,
    description="The server says that it is ready, and it is an InfluxDB 2.1 or later.",
)
TOKEN_RIGHTS = check_spec(
    "token_rights",
    asset=["influx", "server"],
    description="The token is active and its lists can be believed.",
)


@managed_asset(
    key=["influx", "server"],
    group_name="server",
    code_version="1",
    check_specs=[HEALTHY, TOKEN_RIGHTS],
)
def server(influx: InfluxDBResource) -> dg.MaterializeResult:
    """The InfluxDB server: version, kind, health, latency, and the rights of our token."""
    connection = influx.connection()
    with influx.client() as client:
        health = client.health()
        capabilities = client.capabilities
        latency = client.latency()
        rights = client.token_rights()
    kind = "embedded" if capabilities.embedded else connection.kind
    return dg.MaterializeResult(
        data_version=dg.DataVersion(f"{capabilities.version_text}-{kind}-{rights.kind}"),
        metadata={
            "summary": f"InfluxDB {capabilities.version_text}, {health.status}",
            "address": metadata.link(connection.url),
            "organization": connection.org,
            "version": capabilities.version_text,
            "kind": kind,
            "health": health.status,
            "latency_ms": round(latency * 1000, 1),
            "hashed_tokens": capabilities.hashed_tokens,
            "token_rights": metadata.table(_rights_rows(client, rights.kind, rights.active)),
        },
        check_results=[
            judge_health(health.status, capabilities.version, capabilities.version_text),
            dg.AssetCheckResult(
                check_name="token_rights",
                passed=rights.active and rights.kind != "unknown",
                severity=dg.AssetCheckSeverity.WARN,
                metadata={"kind": rights.kind, "active": rights.active},
            ),
        ],
    )


def judge_health(status: str, version: tuple[int, int], text: str) -> dg.AssetCheckResult:
    """Judge what a server says of itself."""
    return dg.AssetCheckResult(
        check_name="healthy",
        passed=status == "pass" and version >= (2, 1),
        metadata={"health": status, "version": text},
    )


def _rights_rows(client: Influx, kind: str, active: bool) -> list[dict[str, str]]:
    return [
        {"what": "user of the token", "answer": client.org},
        {"what": "rights", "answer": kind},
        {"what": "active", "answer": "yes" if active else "no"},
    ]
