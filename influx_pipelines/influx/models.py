"""What the server answers, as far as we read it; fields that newer servers add are ignored."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from influx_pipelines.influx.redact import hide_paths

SYSTEM_BUCKETS = frozenset({"_tasks", "_monitoring"})


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", populate_by_name=True, frozen=True)


class Health(_Answer):
    """`GET /health`."""

    name: str = ""
    status: str = ""
    message: str = ""
    version: str = ""


class RetentionRule(_Answer):
    """How long points are kept; 0 seconds is for ever."""

    every_seconds: int = Field(0, alias="everySeconds")
    shard_group_seconds: int = Field(0, alias="shardGroupDurationSeconds")


class Label(_Answer):
    """A label; `properties` are texts."""

    id: str
    name: str
    properties: dict[str, str] = {}

    @property
    def description(self) -> str:
        """The text for people, one of the properties."""
        return self.properties.get("description", "")


class _Labelled(_Answer):
    """What can have labels; lists tell them with each of their objects."""

    labels: tuple[Label, ...] = ()


class Bucket(_Labelled):
    """A bucket; the retention is in `retention_seconds`, 0 for ever."""

    id: str
    org_id: str = Field("", alias="orgID")
    name: str
    type: Literal["user", "system"] = "user"
    description: str = ""
    rules: tuple[RetentionRule, ...] = Field((), alias="retentionRules")

    @property
    def retention_seconds(self) -> int:
        """Seconds that points are kept, 0 for ever."""
        return self.rules[0].every_seconds if self.rules else 0

    @property
    def shard_group_seconds(self) -> int:
        """Seconds that one shard group covers."""
        return self.rules[0].shard_group_seconds if self.rules else 0


class Dbrp(_Answer):
    """A mapping of a v1 database and retention policy onto a bucket.

    A virtual one is made by the server itself for a bucket without a physical one; its ID is that
    of the bucket. It can be neither changed nor deleted.
    """

    id: str
    database: str
    retention_policy: str
    default: bool = False
    virtual: bool = False
    bucket_id: str = Field("", alias="bucketID")


class Variable(_Labelled):
    """A variable of dashboards; `arguments` are its type and values."""

    id: str
    name: str
    description: str = ""
    arguments: dict[str, Any] = {}
    selected: tuple[str, ...] | None = None


class Telegraf(_Labelled):
    """A configuration of Telegraf; `config` is TOML."""

    id: str
    name: str
    description: str = ""
    config: str = ""
    metadata: dict[str, Any] = {}


class MonitoringCheck(_Labelled):
    """A check of InfluxDB; a custom one tells nothing of its own but its query."""

    id: str
    name: str
    description: str = ""
    type: str
    status: str = "active"
    task_id: str = Field("", alias="taskID")
    query: dict[str, Any] = {}
    every: str = ""
    offset: str = ""
    message: str = Field("", alias="statusMessageTemplate")
    tags: tuple[dict[str, str], ...] | None = None
    thresholds: tuple[dict[str, Any], ...] | None = None
    time_since: str = Field("", alias="timeSince")
    stale_time: str = Field("", alias="staleTime")
    level: str = ""


class NotificationEndpoint(_Labelled):
    """Where rules send to; a credential is told as `secret: <name of a secret>`."""

    id: str
    name: str
    description: str = ""
    type: str
    status: str = "active"
    url: str = ""
    method: str = ""
    auth_method: str = Field("", alias="authMethod")
    token: str = ""
    username: str = ""
    password: str = ""
    headers: dict[str, str] | None = None
    content_template: str = Field("", alias="contentTemplate")


class NotificationRule(_Labelled):
    """Which statuses are sent to which endpoint."""

    id: str
    name: str
    description: str = ""
    type: str
    status: str = "active"
    task_id: str = Field("", alias="taskID")
    endpoint_id: str = Field("", alias="endpointID")
    every: str = ""
    offset: str = ""
    runbook: str = Field("", alias="runbookLink")
    limit: int | None = None
    limit_every: int | None = Field(None, alias="limitEvery")
    channel: str = ""
    message: str = Field("", alias="messageTemplate")
    status_rules: tuple[dict[str, Any], ...] | None = Field(None, alias="statusRules")
    tag_rules: tuple[dict[str, str], ...] | None = Field(None, alias="tagRules")


class Cell(_Answer):
    """A cell of a dashboard: its place, and what it shows where an answer tells that."""

    id: str
    x: int = 0
    y: int = 0
    w: int = 0
    h: int = 0
    name: str = ""
    properties: dict[str, Any] = {}

    @property
    def place(self) -> dict[str, int]:
        """Position and size, in columns and rows of the page."""
        return {"x": self.x, "y": self.y, "w": self.w, "h": self.h}


class Dashboard(_Labelled):
    """A dashboard; a list tells the places of its cells alone."""

    id: str
    name: str = ""
    description: str = ""
    cells: tuple[Cell, ...] = ()


class Resource(_Answer):
    """What a permission is about."""

    type: str
    id: str | None = None
    org_id: str | None = Field(None, alias="orgID")


class Permission(_Answer):
    """One right of a token."""

    action: Literal["read", "write"]
    resource: Resource


class Authorization(_Answer):
    """An API token without its secret."""

    id: str
    description: str = ""
    status: str = "active"
    org_id: str = Field("", alias="orgID")
    created_at: str = Field("", alias="createdAt")
    permissions: tuple[Permission, ...] = ()


class Task(_Labelled):
    """A task; `every`, `cron` and `offset` are what the server read in its script."""

    id: str
    name: str
    description: str = ""
    status: str = "active"
    flux: str = ""
    every: str = ""
    cron: str = ""
    offset: str = ""
    last_run_status: str = Field("", alias="lastRunStatus")
    last_run_error: str = Field("", alias="lastRunError")
    latest_completed: datetime | None = Field(None, alias="latestCompleted")
    created_at: datetime | None = Field(None, alias="createdAt")


class LogLine(_Answer):
    """A line of the log of a run."""

    message: str


class TaskRun(_Answer):
    """A run of a task, for the time that is its `now()`."""

    id: str
    status: str
    scheduled_for: datetime = Field(alias="scheduledFor")
    lines: tuple[LogLine, ...] | None = Field(None, alias="log")

    @property
    def log(self) -> str:
        """What it says, but for the line that repeats the script and the paths of addresses."""
        messages = (line.message for line in self.lines or ())
        text = "; ".join(one for one in messages if not one.startswith("Started task"))
        return hide_paths(text)


class Capabilities(_Answer):
    """What a server can do, found once a client."""

    version: tuple[int, int]
    version_text: str
    build: str = ""
    embedded: bool = False

    @property
    def hashed_tokens(self) -> bool:
        """Whether a token is shown only once, when it is made (the default from 2.9 on)."""
        return self.version >= (2, 9)


class TokenRights(_Answer):
    """What our own token may do, as far as it can be found."""

    kind: Literal["operator", "all-access", "narrow", "unknown"]
    active: bool
    permissions: tuple[Permission, ...] = ()
    note: str = ""

    def rows(self) -> list[dict[str, Any]]:
        """One row a resource type: what may be read, what may be written."""
        table: dict[str, dict[str, Any]] = {}
        for permission in self.permissions:
            row = table.setdefault(permission.resource.type, {"resource": permission.resource.type})
            row[permission.action] = "one" if permission.resource.id else "all"
        return [table[name] for name in sorted(table)]
