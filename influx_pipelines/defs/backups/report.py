"""Backups and reports on them as metadata."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import dagster as dg

from influx_pipelines import metadata
from influx_pipelines.backups.inventory import Inventory, Listed
from influx_pipelines.backups.record import BucketRecord
from influx_pipelines.backups.report import Report
from influx_pipelines.defs.backups.pictures import sizes_and_durations

Metadata = dict[str, Any]


def backup_metadata(new: Listed) -> Metadata:
    """What a new backup holds."""
    record = new.backup.record
    assert record is not None, "every backup of ours has a side file"
    linked = sum(file.linked for file in record.files)
    return {
        "summary": f"{record.kind}, {new.bytes / 1e6:.1f} MB, {new.state}",
        "name": new.backup.name,
        "kind": record.kind,
        "folder": dg.MetadataValue.path(str(new.backup.path.resolve())),
        "server": metadata.link(record.url),
        "server_version": record.server,
        "started": dg.MetadataValue.timestamp(record.started),
        "seconds": round(record.duration.total_seconds(), 2),
        "bytes": new.bytes,
        "files": len(record.files),
        "files_linked": linked,
        "previous": record.previous or "none: every file is its own",
        "values": sum(bucket.values or 0 for bucket in record.buckets),
        "buckets": metadata.table([_bucket(one) for one in record.buckets], empty="no bucket"),
        "notes": metadata.names(record.notes),
    }


def inventory_metadata(found: Inventory) -> Metadata:
    """The backups of the folder, the newest first."""
    last = found.last_good
    values: Metadata = {
        "summary": f"{found.bytes / 1e6:.1f} MB, last good: {last.backup.name if last else 'none'}",
        "backups": len(found.listed),
        "good": sum(one.good for one in found.listed),
        "bytes_on_disk": found.bytes,
        "last_good": last.backup.name if last else "none",
        "list": metadata.table(found.rows(), empty="no backup yet"),
        "sizes_and_durations": metadata.picture(
            sizes_and_durations(found.listed), "size and duration of backups"
        ),
    }
    if last is not None:
        values["last_good_started"] = dg.MetadataValue.timestamp(last.backup.started)
    return values


def verification_metadata(reports: Mapping[str, Report]) -> Metadata:
    """What was read, by name of backup."""
    read, seconds = sum(r.bytes for r in reports.values()), sum(r.seconds for r in reports.values())
    return {
        "summary": f"{len(reports)} good, {read / 1e6:.1f} MB read",
        "backups": metadata.names(list(reports)),
        "files": sum(report.files for report in reports.values()),
        "bytes": read,
        "seconds": round(seconds, 2),
        "megabytes_per_second": round(read / 1e6 / seconds, 1) if seconds else 0.0,
        "buckets": metadata.table(
            [
                {"backup": name, **_bucket(one)}
                for name, report in reports.items()
                for one in report.buckets
            ],
            empty="no bucket",
        ),
        "notes": metadata.names([note for report in reports.values() for note in report.notes]),
    }


def damages_of(reports: Mapping[str, Report]) -> dg.MetadataValue:
    """What is wrong, a row each, by name of backup."""
    return metadata.table(
        [
            {"backup": name, "file": one.file, "where": one.where, "what": one.what}
            for name, report in reports.items()
            for one in report.damages
        ],
        empty="none",
    )


def _bucket(one: BucketRecord) -> dict[str, Any]:
    return {
        "org": one.org,
        "bucket": one.name,
        "shards": one.shards,
        "series": one.series,
        "values": one.values,
        "first": f"{one.first:%Y-%m-%d %H:%M:%S}" if one.first else None,
        "last": f"{one.last:%Y-%m-%d %H:%M:%S}" if one.last else None,
    }
