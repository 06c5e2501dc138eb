"""The kinds of objects, in the order in which they need each other."""

from __future__ import annotations

from influx_pipelines.estate.kinds.bucket import BucketKind
from influx_pipelines.estate.kinds.check import CheckKind
from influx_pipelines.estate.kinds.dashboard import DashboardKind
from influx_pipelines.estate.kinds.declared import DeclaredKind
from influx_pipelines.estate.kinds.endpoint import EndpointKind
from influx_pipelines.estate.kinds.kind import Kind
from influx_pipelines.estate.kinds.label import LabelKind
from influx_pipelines.estate.kinds.mapping import MappingKind
from influx_pipelines.estate.kinds.rule import RuleKind
from influx_pipelines.estate.kinds.secret import SecretKind
from influx_pipelines.estate.kinds.task import TaskKind
from influx_pipelines.estate.kinds.telegraf import TelegrafKind
from influx_pipelines.estate.kinds.token import TokenKind
from influx_pipelines.estate.kinds.variable import VariableKind

KINDS: tuple[Kind, ...] = (
    LabelKind(),
    BucketKind(),
    MappingKind(),
    SecretKind(),
    TokenKind(),
    VariableKind(),
    TelegrafKind(),
    TaskKind(),
    CheckKind(),
    EndpointKind(),
    RuleKind(),
    DashboardKind(),
)
NAMES: tuple[str, ...] = tuple(kind.name for kind in KINDS)
BY_NAME: dict[str, Kind] = {kind.name: kind for kind in KINDS}
DECLARED: tuple[DeclaredKind, ...] = tuple(k for k in KINDS if isinstance(k, DeclaredKind))
