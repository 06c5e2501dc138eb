"""Durations of monitoring checks and rules, as the server reads them."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator

from influx_pipelines.flux.durations import NS, DurationError, format_flux, parse_flux


def seconds(value: str) -> int:
    """The length of a `Period`."""
    return parse_flux(value).seconds


def same(value: str) -> str:
    """One way to write a duration of the server: `60s` and `1m` are the same; empty is none."""
    try:
        return format_flux(parse_flux(value)) if value else ""
    except DurationError:
        return value


def period(key: str, value: str) -> dict[str, str]:
    """A duration of the server below its key; nothing for one of no length."""
    return {} if same(value) in ("", same("0s")) else {key: value}


def _whole(value: str) -> str:
    found = parse_flux(value)
    if found.months or found.nanoseconds <= 0 or found.nanoseconds % NS["s"]:
        raise ValueError(f"{value!r} is no whole number of seconds, at least one")
    return format_flux(found)


Period = Annotated[str, AfterValidator(_whole)]
