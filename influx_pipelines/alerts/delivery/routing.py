"""The rules of `alerts.yaml` as the store takes them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.alerts.matching import Facts, matches
from influx_pipelines.alerts.policy import Policy, Repeat, Suppression
from influx_pipelines.estate.durations import seconds


def policy_of(config: AlertsConfig) -> Policy:
    """What is told, and how often."""
    return Policy(
        repeats=[Repeat(rule.when, interval(rule.every)) for rule in config.repeats],
        repeat_every=interval(config.repeat_every),
        suppressions=[
            Suppression(rule.when, timedelta(seconds=seconds(rule.at_most)))
            for rule in config.suppressions
        ],
        lowest_level=config.lowest_level,
    )


def channels_of(config: AlertsConfig, facts: Facts) -> Sequence[str]:
    """The channels of the first route that matches, else those of `default`."""
    found = (route.channels for route in config.routes if matches(route.when, facts))
    return next(found, config.default)


def interval(value: str) -> timedelta | None:
    """A duration of the file; None for `never`."""
    return None if value == "never" else timedelta(seconds=seconds(value))
