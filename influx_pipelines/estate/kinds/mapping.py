"""The difference for DBRP mappings: database = bucket, policy = its retention as a literal."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from fnmatch import fnmatchcase

from influx_pipelines.estate.changes import Change, Finding
from influx_pipelines.estate.kinds.kind import Doing, Kind, Look, Step
from influx_pipelines.estate.model import BucketSpec, Estate
from influx_pipelines.estate.observed import Observed
from influx_pipelines.estate.ownership import is_ours, is_scratch
from influx_pipelines.flux.durations import policy_name
from influx_pipelines.influx.client import Influx
from influx_pipelines.influx.models import Bucket, Dbrp, RetentionRule


def is_wanted(declared: Estate, name: str) -> bool:
    """Whether the estate wants a mapping for a bucket of this name."""
    if declared.mappings == "all":
        return True
    if declared.mappings == "declared":
        return name in declared.buckets
    return any(fnmatchcase(name, pattern) for pattern in declared.mappings)


def can_be_database(name: str) -> bool:
    """Whether a mapping can have this database (influxdb-v2: the check of POST /dbrps)."""
    return name not in ("", ".", "..") and not set(name) & {"/", "\\"} and name.isprintable()


class MappingPlanner:
    """Plans the mapping of one bucket after the other against one look at the server."""

    def __init__(self, declared: Estate, observed: Observed, known: Collection[str]) -> None:
        self.declared = declared
        self.known = known
        self.buckets = {bucket.id: bucket for bucket in observed.buckets}
        self.physical = [m for m in observed.mappings if not m.virtual]
        self.by_bucket: dict[str, list[Dbrp]] = defaultdict(list)
        self.by_database: dict[str, list[Dbrp]] = defaultdict(list)
        for mapping in self.physical:
            self.by_bucket[mapping.bucket_id].append(mapping)
            self.by_database[mapping.database].append(mapping)

    def _ours(self, mapping: Dbrp) -> bool:
        bucket = self.buckets.get(mapping.bucket_id)
        return mapping.id in self.known or (bucket is not None and is_ours(bucket))

    def step(self, bucket: Bucket, *, prune: bool = False) -> Step | None:
        """What to do about the mapping of a bucket; None when it is right."""
        ours = [m for m in self.by_bucket[bucket.id] if self._ours(m)]
        if bucket.type == "system" or is_scratch(bucket):
            return None
        if not is_wanted(self.declared, bucket.name):
            return self._unwanted(bucket, ours, prune)
        if not can_be_database(bucket.name):
            text = "its name cannot be a database: only the server's virtual mapping reaches it"
            return Finding("dbrp_mapping", bucket.name, "in use", text)
        return self._wanted(bucket, ours)

    def _wanted(self, bucket: Bucket, ours: list[Dbrp]) -> Step | None:
        policy = policy_name(bucket.retention_seconds)
        foreign = [m for m in self.by_bucket[bucket.id] if not self._ours(m)]
        right = [m for m in ours if (m.database, m.retention_policy) == (bucket.name, policy)]
        if right and len(ours) == 1:
            return None
        if not ours and foreign:
            taken = ", ".join(f"{m.database}/{m.retention_policy}" for m in foreign)
            exact = any((m.database, m.retention_policy) == (bucket.name, policy) for m in foreign)
            text = "as we would map it" if exact else "nothing is changed"
            text = f"somebody else mapped it as {taken}: {text}"
            return Finding("dbrp_mapping", bucket.name, "in use", text)
        taken_by = [
            m
            for m in self.by_database[bucket.name]
            if m.retention_policy == policy and m.bucket_id != bucket.id
        ]
        if taken_by:
            text = f"{bucket.name}/{policy} is mapped to another bucket ({taken_by[0].bucket_id})"
            return Finding("dbrp_mapping", bucket.name, "conflict", text)
        return self._change(bucket, policy, ours)

    def _change(self, bucket: Bucket, policy: str, ours: list[Dbrp]) -> Change:
        others = [m for m in self.by_database[bucket.name] if not self._ours(m)]
        after = {
            "database": bucket.name,
            "policy": policy,
            "bucket_id": bucket.id,
            "default": not any(m.default for m in others),
        }
        if not ours:
            return Change("dbrp_mapping", bucket.name, "create", after=after)
        old = [m for m in ours if (m.database, m.retention_policy) != (bucket.name, policy)]
        before = {
            "database": old[0].database,
            "policy": old[0].retention_policy,
            "bucket_id": bucket.id,
            "default": old[0].default,
        }
        return Change("dbrp_mapping", bucket.name, "replace", before, after, id=old[0].id)

    def _unwanted(self, bucket: Bucket, ours: list[Dbrp], prune: bool) -> Step | None:
        if not ours:
            return None
        if prune:
            return Change("dbrp_mapping", bucket.name, "delete", id=ours[0].id)
        text = "we mapped it, but the estate does not want it mapped; `--prune` removes it"
        return Finding("dbrp_mapping", bucket.name, "undeclared", text)


class MappingKind(Kind):
    """Ours by the ledger, or by the bucket they lead to."""

    name = "dbrp_mapping"
    needs_as_planned = True  # its policy is named by the retention that the bucket will have

    def observe(self, client: Influx) -> tuple[Dbrp, ...]:
        """Physical and virtual ones."""
        return tuple(client.dbrps())

    def steps(self, look: Look) -> Iterator[Step]:
        """What to do about the mapping of each bucket that is there, or will be."""
        planner = MappingPlanner(look.declared, look.observed, look.ledger.mappings)
        together = "bucket" in look.kinds
        for bucket in _as_they_will_be(look) if together else look.observed.buckets:
            step = planner.step(bucket, prune=look.prune)
            if step is not None:
                yield step

    def needs(self, change: Change) -> Collection[tuple[str, str]]:
        """Its bucket as it will be."""
        return () if change.action == "delete" else (("bucket", change.name),)

    def do(self, change: Change, doing: Doing) -> None:
        """The new one before the old one goes, so that v1 queries never meet a gap."""
        if change.action == "create":
            _create(change, doing)
            return
        there = {mapping.id: mapping for mapping in doing.client.dbrps() if not mapping.virtual}
        if change.action == "replace":
            wanted = (change.after["database"], change.after["policy"])
            if wanted not in {(m.database, m.retention_policy) for m in there.values()}:
                _create(change, doing)
        if change.id in there:
            doing.client.delete_dbrp(there[change.id])
        doing.ledger.remove_mapping(change.id)


def _as_they_will_be(look: Look) -> Iterator[Bucket]:
    """The buckets after their own changes, which are planned together with the mappings."""
    declared, there = look.declared.buckets, {b.name: b for b in look.observed.buckets}
    for bucket in there.values():
        spec = declared.get(bucket.name)
        if spec is not None and (is_ours(bucket) or spec.adopt):
            yield bucket.model_copy(update={"rules": _rules(spec)})
        elif not (look.prune and is_ours(bucket)):  # its deletion takes the mapping along
            yield bucket
    for spec in declared.values():
        if spec.name not in there:
            yield Bucket(id="", name=spec.name, rules=_rules(spec))


def _rules(spec: BucketSpec) -> tuple[RetentionRule, ...]:
    return (RetentionRule(every_seconds=spec.retention_seconds),)


def _create(change: Change, doing: Doing) -> None:
    """Remembered in the ledger at once."""
    after = change.after
    made = doing.client.create_dbrp(
        after["bucket_id"] or doing.bucket_id(change.name),
        after["database"],
        after["policy"],
        default=after["default"],
    )
    doing.ledger.add_mapping(made.id)
