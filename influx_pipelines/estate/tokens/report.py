"""What is remarkable about the tokens of an organisation, whoever made them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from influx_pipelines.estate.kinds.token import name_of
from influx_pipelines.estate.tokens.record import TokenRecord
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Authorization, Bucket

SILENT_DAYS = 30

# One row when anything was written, none when nothing was.
ANY_POINT = """
from(bucket: params.bucket)
    |> range(start: params.start)
    |> last()
    |> keep(columns: ["_time"])
    |> group()
    |> limit(n: 1)
"""

Reach = Literal["operator", "all access", "narrow"]


@dataclass(frozen=True, slots=True)
class TokenRow:
    """A token; `remarks` are what somebody should look at."""

    id: str
    token: str
    reach: Reach
    status: str
    created: str
    gone: tuple[str, ...] = ()  # IDs of buckets
    remarks: tuple[str, ...] = ()

    def row(self) -> dict[str, str]:
        """As a row of a table."""
        return {
            "token": self.token,
            "id": self.id,
            "rights": self.reach,
            "status": self.status,
            "created": self.created[:19],
            "remarks": "; ".join(self.remarks),
        }


def reach_of(token: Authorization) -> Reach:
    """How far a token goes: whoever may make tokens of the organisation may do anything in it."""
    makes = [
        permission.resource
        for permission in token.permissions
        if permission.action == "write" and permission.resource.type == "authorizations"
    ]
    if any(not (resource.org_id or resource.id) for resource in makes):
        return "operator"
    return "all access" if any(not resource.id for resource in makes) else "narrow"


def bucket_ids(token: Authorization) -> list[str]:
    """The buckets that a token names, each once."""
    named = (
        permission.resource.id
        for permission in token.permissions
        if permission.resource.type == "buckets" and permission.resource.id
    )
    return list(dict.fromkeys(named))


def report(
    tokens: Sequence[Authorization],
    buckets: Iterable[Bucket],
    records: Mapping[str, TokenRecord],
    declared: Collection[str],
    silent: Collection[str],
) -> list[TokenRow]:
    """A row for each token.

    Args:
        tokens: all of the organisation.
        buckets: all of the organisation.
        records: what the ledger knows.
        declared: names of declared tokens.
        silent: names of buckets without any new point.
    """
    names = {bucket.id: bucket.name for bucket in buckets}
    return [_row(token, names, records, declared, silent) for token in tokens]


def _row(
    token: Authorization,
    names: Mapping[str, str],
    records: Mapping[str, TokenRecord],
    declared: Collection[str],
    silent: Collection[str],
) -> TokenRow:
    name, reach, ids = name_of(token, records), reach_of(token), bucket_ids(token)
    gone = tuple(id for id in ids if id not in names)
    quiet = [names[id] for id in ids if names.get(id) in silent]
    remarks = []
    if name is None or name not in declared:
        remarks.append("nobody declared it")
    elif (until := records.get(name, TokenRecord()).retired.get(token.id)) is not None:
        when = datetime.fromtimestamp(until, UTC).isoformat(timespec="seconds")
        remarks.append(f"another one took its place; works until it is deleted after {when}")
    if reach == "operator":
        remarks.append("an operator token: may do everything in every organization")
    if gone:
        remarks.append(f"its bucket is gone: {', '.join(gone)}")
    if quiet:
        remarks.append(f"no point in {SILENT_DAYS} days in {', '.join(quiet)}")
    return TokenRow(
        token.id,
        name or token.description,
        reach,
        token.status,
        token.created_at,
        gone,
        tuple(remarks),
    )


def silent_buckets(
    client: Influx, tokens: Iterable[Authorization], buckets: Iterable[Bucket], now: datetime
) -> set[str]:
    """The buckets that tokens name and nothing was written to for thirty days; a query each."""
    named = {id for token in tokens for id in bucket_ids(token)}
    start = now - timedelta(days=SILENT_DAYS)
    return {
        bucket.name
        for bucket in buckets
        if bucket.id in named
        and not len(client.query(ANY_POINT, {"bucket": bucket.name, "start": start}))
    }
