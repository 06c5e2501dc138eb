"""What was done of a day, as metadata."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from influx_pipelines import metadata
from influx_pipelines.sources.ci.github import page_of
from influx_pipelines.sources.ci.passing import NO_REPOSITORY, Done

MOST_LINKS = 5


@dataclass(frozen=True)
class Told:
    """Metadata of a day, and how much of it is news."""

    news: int
    metadata: dict[str, Any]


def runs_of_day(found: Sequence[Done], api: str) -> Told:
    """What was fetched of a day, of all repositories; `api` is the address of GitHub's."""
    reports = [one.report for one in found if one.report is not None]
    fetched = sum(report.fetched for report in reports)
    rows = [
        {
            "repository": report.repository,
            "runs": report.listed,
            "fetched": report.fetched,
            "unchanged": report.unchanged,
            "unfinished": len(report.unfinished),
            "jobs": report.jobs,
            "logs": report.logs_kept,
            "logs_gone": report.logs_gone,
        }
        for report in reports
    ]
    told = {
        "summary": f"{fetched} runs fetched" if found else NO_REPOSITORY,
        "runs": sum(report.listed for report in reports),
        "unfinished": sum(len(report.unfinished) for report in reports),
        "repositories": metadata.table(rows, empty="none"),
    }
    pages = {one.repository: page_of(api, one.repository) for one in found[:MOST_LINKS]}
    return Told(fetched, {**told, **{name: metadata.link(page) for name, page in pages.items()}})


def jobs_of_day(found: Sequence[Done]) -> Told:
    """What was written of a day, of all repositories."""
    published = [one.published for one in found if one.published is not None]
    types: Counter[str] = Counter()
    for one in published:
        types.update(one.types)
    points = sum(one.points for one in published)
    rows = [{"failure_type": name, "jobs": count} for name, count in types.most_common()]
    told = {
        "summary": f"{points} points written" if found else NO_REPOSITORY,
        "points": points,
        "jobs": sum(one.jobs for one in published),
        "failure_types": metadata.table(rows, empty="no job changed"),
    }
    return Told(points, told)
