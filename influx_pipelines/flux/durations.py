"""Durations in three grammars: Flux, InfluxQL and Go; strict, with an error that helps."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

NS = {
    "w": 604_800_000_000_000,
    "d": 86_400_000_000_000,
    "h": 3_600_000_000_000,
    "m": 60_000_000_000,
    "s": 1_000_000_000,
    "ms": 1_000_000,
    "us": 1_000,
    "ns": 1,
}
MONTHS = {"y": 12, "mo": 1}
FLUX_UNITS = (*MONTHS, *NS)
_SPELLINGS = {"µs": "us", "μs": "us", "µ": "us", "μ": "us", "u": "us"}


class DurationError(ValueError):
    """A text that is no duration; the message says why and what to write."""


@dataclass(frozen=True, order=True)
class Duration:
    """Calendar months and nanoseconds; both carry the sign."""

    months: int = 0
    nanoseconds: int = 0

    @classmethod
    def of(cls, value: timedelta) -> Duration:
        """A timedelta, exact to the microsecond."""
        return cls(0, value // timedelta(microseconds=1) * 1_000)

    @property
    def seconds(self) -> int:
        """Whole seconds.

        Raises:
            DurationError: calendar months have no fixed length.
        """
        if self.months:
            raise DurationError("months and years have no fixed length: write days or weeks")
        return self.nanoseconds // NS["s"]

    def __neg__(self) -> Duration:
        return Duration(-self.months, -self.nanoseconds)

    def __add__(self, other: Duration) -> Duration:
        return Duration(self.months + other.months, self.nanoseconds + other.nanoseconds)


def parse_flux(text: str) -> Duration:
    """`1h30m`, `1y2mo`, `-5m`: whole numbers, large units before small ones, each once.

    Raises:
        DurationError: for anything else.
    """
    negative, body = text.startswith("-"), text.removeprefix("-")
    parts = _parts(text, body, "y|mo|w|d|h|ms|m|s|us|µs|μs|ns", "1h30m")
    places = [FLUX_UNITS.index(unit) for _, unit in parts]
    if places != sorted(set(places)):
        raise DurationError(f"{text!r}: write each unit once, large ones first, as in 1h30m")
    months = sum(number * MONTHS.get(unit, 0) for number, unit in parts)
    nanoseconds = sum(number * NS.get(unit, 0) for number, unit in parts)
    found = Duration(months, nanoseconds)
    return -found if negative else found


def parse_influxql(text: str) -> Duration | None:
    """`1w3d`, `7d`: units `w d h m s ms u µ ns`; None for `INF`, endless.

    Raises:
        DurationError: for anything else.
    """
    if text.upper() in ("INF", "INFINITE"):
        return None
    parts = _parts(text, text, "w|d|h|ms|m|s|us|u|µ|μ|ns", "7d, 1w or INF")
    return Duration(0, sum(number * NS[unit] for number, unit in parts))


def parse_go(text: str) -> Duration:
    """`1h30m`, `1.5s`, `-90s`, `0`: units up to hours, fractions allowed.

    Raises:
        DurationError: for anything else.
    """
    body = text[1:] if text[:1] in ("-", "+") else text
    if body == "0":
        return Duration()
    found = re.findall(r"(\d+\.?\d*|\.\d+)(h|ms|m|s|us|µs|μs|ns)", body)
    if not found or "".join(number + unit for number, unit in found) != body:
        raise DurationError(f"{text!r} is no duration: write it like 1h30m or 1.5s")
    total = sum(Decimal(number) * NS[_SPELLINGS.get(unit, unit)] for number, unit in found)
    return Duration(0, -int(total) if text.startswith("-") else int(total))


def _parts(text: str, body: str, units: str, example: str) -> list[tuple[int, str]]:
    found = re.findall(rf"(\d+)({units})", body)
    if not found or "".join(number + unit for number, unit in found) != body:
        raise DurationError(f"{text!r} is no duration: write it like {example}")
    return [(int(number), _SPELLINGS.get(unit, unit)) for number, unit in found]


def _spell(nanoseconds: int, units: tuple[str, ...]) -> str:
    text = ""
    for unit in units:
        count, nanoseconds = divmod(nanoseconds, NS[unit])
        text += f"{count}{unit}" if count else ""
    return text


def format_flux(value: Duration) -> str:
    """The shortest Flux literal, `1h30m`; `0s` for nothing."""
    if (value.months < 0) != (value.nanoseconds < 0) and value.months and value.nanoseconds:
        raise DurationError("months and nanoseconds of different signs have no literal")
    years, months = divmod(abs(value.months), 12)
    calendar = (f"{years}y" if years else "") + (f"{months}mo" if months else "")
    text = calendar + _spell(abs(value.nanoseconds), tuple(NS))
    sign = "-" if value.months < 0 or value.nanoseconds < 0 else ""
    return sign + text if text else "0s"


def format_influxql(value: Duration | None) -> str:
    """`1w3d`; `INF` for None; `0s` for nothing."""
    if value is None:
        return "INF"
    if value.months:
        raise DurationError("InfluxQL knows no months: write days or weeks")
    return _spell(value.nanoseconds, tuple(NS)).replace("us", "u") or "0s"


def format_go(value: Duration) -> str:
    """As Go prints it: `1h30m0s`, `1.5s`, `2ms`, `0s`."""
    if value.months:
        raise DurationError("Go knows no months: write hours")
    sign, rest = ("-", -value.nanoseconds) if value.nanoseconds < 0 else ("", value.nanoseconds)
    if rest < NS["s"]:
        unit = next((u for u in ("ms", "us", "ns") if rest >= NS[u]), "")
        return f"{sign}{_decimal(rest, NS[unit])}{unit.replace('us', 'µs')}" if unit else "0s"
    hours, rest = divmod(rest, NS["h"])
    minutes, rest = divmod(rest, NS["m"])
    text = f"{hours}h" if hours else ""
    text += f"{minutes}m" if hours or minutes else ""
    return f"{sign}{text}{_decimal(rest, NS['s'])}s"


def _decimal(number: int, unit: int) -> str:
    """Number / unit in decimal notation, without trailing zeros."""
    return format((Decimal(number) / unit).normalize(), "f")


def policy_name(retention_seconds: int) -> str:
    """The name of a retention policy that tells its length: `1w`, `1d3h46m40s`, `infinite`."""
    if retention_seconds == 0:
        return "infinite"
    return _spell(retention_seconds * NS["s"], ("w", "d", "h", "m", "s"))
