"""What the status and the headers of an answer mean."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import requests

from influx_pipelines.sources.errors import BadAnswer, NotFound, RateLimited, Refused, Unavailable

LONGEST_WAIT = 60.0
LONGEST_TOLD = 86_400.0  # whoever says more is asked again all the same
MOST_BYTES = 64 << 20  # of a body; no answer that is read as a whole has a tenth of it
PIECE = 1 << 16
_REASONS = ("message", "reason", "error")  # GitHub and OpenWeatherMap, Open-Meteo, others


def checked(answer: requests.Response, where: str, tidy: Callable[[str], str]) -> requests.Response:
    """The answer when its status is 2xx or 304.

    Raises:
        Refused, NotFound, RateLimited, Unavailable: with the reason that the service gave.
    """
    status = answer.status_code
    if status < 300 or status == 304:
        return answer
    try:
        text = f"{where} answered {status}{tidy(_reason(answer))}"
        wait = _retry_after(answer)
        if status == 429 or (status == 403 and _limited(answer)):
            raise RateLimited(text, status=status, retry_after=wait)
        if status in (404, 410):
            raise NotFound(text, status=status)
        if status >= 500:
            raise Unavailable(text, status=status, retry_after=wait)
        hint = ". Is the key right and active?" if status in (401, 403) else ""
        raise Refused(text + hint, status=status)
    finally:
        answer.close()


def read_whole(answer: requests.Response, where: str) -> None:
    """Read the body, so that `content`, `text` and `json()` give it, as requests does at once.

    Some kilobytes that are packed well can be gigabytes: the read ends where they become too many.

    Raises:
        BadAnswer: the body is longer than any answer that is asked for.
    """
    body = bytearray()
    for piece in answer.iter_content(PIECE):
        body += piece
        if len(body) > MOST_BYTES:
            answer.close()
            text = f"{where} answered with more than {MOST_BYTES >> 20} MB: is the address right?"
            raise BadAnswer(text, status=answer.status_code)
    answer._content = bytes(body)  # where requests itself puts what it has read


def _reason(answer: requests.Response) -> str:
    """What the body says, on one line of bounded length."""
    try:
        told = answer.json()
    except (ValueError, RecursionError, requests.RequestException):
        return ""
    found = [told.get(name) for name in _REASONS] if isinstance(told, dict) else []
    reason = next((text for text in found if isinstance(text, str) and text), "")
    return f": {' '.join(reason.split())[:200]}" if reason else ""


def _limited(answer: requests.Response) -> bool:
    """GitHub tells a limit by 403 too, and then says when to come again or that none is left."""
    return "Retry-After" in answer.headers or answer.headers.get("X-RateLimit-Remaining") == "0"


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds until the next try may succeed, a day at most."""
    told = _told_wait(answer)
    return None if told is None else min(told, LONGEST_TOLD)


def _told_wait(answer: requests.Response) -> float | None:
    """What was told: a number of seconds, a date, or GitHub's time of reset."""
    asked = answer.headers.get("Retry-After", "").strip()
    if asked.isdecimal():
        return float(asked)
    if asked:
        try:
            moment = parsedate_to_datetime(asked)
        except ValueError:
            return None
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return max((moment - datetime.now(UTC)).total_seconds(), 0.0)
    reset = answer.headers.get("X-RateLimit-Reset", "")
    if reset.isdecimal() and answer.headers.get("X-RateLimit-Remaining") == "0":
        return max(float(reset) - time.time(), 0.0)
    return None
