"""From an HTTP answer to its value, or to the error that it is."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import Any

from influx_pipelines.influx import errors

LONGEST_TEXT = 600
INACTIVE = "token is inactive"
SWITCHED_OFF = "The token is switched off: activate it, or set another one in INFLUXDB_TOKEN."


def value_of(method: str, url: str, status: int, headers: Mapping[str, str], body: bytes) -> Any:
    """The JSON of a good answer; None where there is none.

    Raises:
        InfluxError: the answer is an error, or not an InfluxDB's.
    """
    if status >= 300:
        raise error_of(method, url, status, headers, body)
    if not body.strip():
        return None
    if "json" not in headers.get("content-type", ""):
        raise not_influxdb(url, headers)
    try:
        return json.loads(body)
    except ValueError:
        raise errors.IncompleteRead(f"{method} {url}: the answer is no whole JSON.") from None


def error_of(
    method: str, url: str, status: int, headers: Mapping[str, str], body: bytes
) -> errors.InfluxError:
    """The error that an answer means."""
    code, text = _code_and_text(body)
    where = f"{method} {url} → {status}: {text}"
    # A proxy in between may limit, or be too slow, in words of its own.
    if status == 429:
        return errors.RateLimited(where + _about_waiting(headers), retry_after=retry_after(headers))
    if status == 408 or (status >= 500 and status != 501):
        return errors.Unavailable(
            where + _about_waiting(headers), status=status, retry_after=retry_after(headers)
        )
    if status < 500 and not code and "x-influxdb-version" not in _lower(headers):
        return not_influxdb(url, headers)
    if status == 401:
        return errors.Unauthorized(f"{where}. {_about_401(text)}", status=401, code=code)
    if status == 403:
        return errors.Forbidden(f"{where}. {_about_403(text)}", status=403, code=code)
    if status == 422 and code == "conflict":
        return errors.Conflict(where, status=422, code=code)
    if status == 501:
        return errors.NotSupported(where, status=501, code=code)
    kinds = {404: errors.NotFound, 413: errors.TooLarge}
    return kinds.get(status, errors.Invalid)(where, status=status, code=code)


def _about_401(text: str) -> str:
    if INACTIVE in text:
        return SWITCHED_OFF
    if " is unauthorized" in text:
        return "The token is good but lacks that permission: add it, or use a token that has it."
    return "The server does not know this token: check INFLUXDB_TOKEN."


def _about_403(text: str) -> str:
    if INACTIVE in text:
        return SWITCHED_OFF
    if "User is inactive" in text:
        return (
            "The user of the token is switched off or deleted: use another one in INFLUXDB_TOKEN."
        )
    return "Give the token that permission, or use another one in INFLUXDB_TOKEN."


def _about_waiting(headers: Mapping[str, str]) -> str:
    seconds = retry_after(headers)
    return "" if seconds is None else f" (come again after {seconds:.0f} s)"


def not_influxdb(url: str, headers: Mapping[str, str]) -> errors.NotInfluxDB:
    """The error for an answer of something else."""
    kind = _lower(headers).get("content-type", "nothing that says its type")
    return errors.NotInfluxDB(
        f"{url} answers, but not as an InfluxDB v2 does (it sent {kind}). Check INFLUXDB_URL: "
        "address, port, and whether a proxy stands in between."
    )


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of a Retry-After header, which holds a number or a date; None without one."""
    text = _lower(headers).get("retry-after", "")
    try:
        return max(0.0, float(text))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except ValueError:
        return None


def _code_and_text(body: bytes) -> tuple[str, str]:
    """Code and message of an error body, which need not be one JSON document."""
    text = body.decode("utf-8", "replace").strip()
    try:
        value, _ = json.JSONDecoder().raw_decode(text)
    except ValueError:
        return "", text[:LONGEST_TEXT]
    if not isinstance(value, dict):
        return "", text[:LONGEST_TEXT]
    message = value.get("message") or value.get("error") or ""
    return str(value.get("code", "")), str(message)[:LONGEST_TEXT]


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.lower(): value for name, value in headers.items()}
