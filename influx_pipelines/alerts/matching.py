"""Which series a route, a silence or a suppression is about: patterns by name of a tag."""

from __future__ import annotations

from collections.abc import Mapping
from fnmatch import fnmatchcase

from influx_pipelines.alerts.models import AlertSeries

Matchers = Mapping[str, str]
Facts = Mapping[str, str]


def facts_of(series: AlertSeries, level: str) -> dict[str, str]:
    """What can be matched: all tags, and `check`, `type`, `measurement` and `level` beside them."""
    return {
        **series.tags,
        "check": series.check_name,
        "type": series.check_type,
        "measurement": series.source_measurement,
        "level": level,
    }


def matches(matchers: Matchers, facts: Facts) -> bool:
    """Whether every pattern fits; `*`, `?` and `[abc]` are wild, a missing tag is an empty text."""
    return all(fnmatchcase(facts.get(name, ""), pattern) for name, pattern in matchers.items())
