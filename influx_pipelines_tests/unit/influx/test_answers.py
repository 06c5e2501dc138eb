"""Answers that are errors, of InfluxDB and of what may stand before it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from influx_pipelines.influx import errors
from influx_pipelines.influx.answers import error_of, retry_after

PAGE = {"content-type": "text/html"}
BODY = b"<html>Too Many Requests</html>"
INFLUX = {"x-influxdb-version": "2.9.1", "content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(("status", "kind"), [(408, errors.Unavailable), (429, errors.RateLimited)])
def test_a_proxy_that_limits_is_asked_again(status: int, kind: type) -> None:
    """Its page has neither a code nor InfluxDB's headers, and was taken for a wrong address."""
    error = error_of("POST", "http://h/api/v2/write", status, PAGE, BODY)
    assert type(error) is kind
    assert error.retryable


def test_another_page_is_no_influxdb() -> None:
    assert isinstance(error_of("GET", "http://h", 404, PAGE, BODY), errors.NotInfluxDB)


def test_the_wait_that_is_asked_for_is_told() -> None:
    error = error_of("POST", "http://h", 429, {**INFLUX, "Retry-After": "120"}, b"{}")
    assert "come again after 120 s" in str(error)


def test_retry_after_is_a_number_or_a_date() -> None:
    """A date was ignored, and the server asked again at once."""
    date = format_datetime(datetime.now(UTC) + timedelta(seconds=90), usegmt=True)
    assert retry_after({"Retry-After": "7"}) == 7
    found = retry_after({"Retry-After": date})
    assert found is not None
    assert 80 < found <= 90
    assert retry_after({"Retry-After": "Tue, 24 Nov 2020 12:00:00 GMT"}) == 0
    assert retry_after({"Retry-After": "soon"}) is None
    assert retry_after({}) is None


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("insufficient permissions for write", "Give the token that permission"),
        ("insufficient permissions for write: token is inactive", "The token is switched off"),
        ("User is inactive", "The user of the token is switched off or deleted"),
    ],
)
def test_a_403_says_what_to_do(text: str, hint: str) -> None:
    """A token that was switched off was to be given a permission, which it had."""
    body = f'{{"code": "forbidden", "message": "{text}"}}'.encode()
    error = error_of("POST", "http://h/api/v2/write", 403, INFLUX, body)
    assert isinstance(error, errors.Forbidden)
    assert hint in str(error)
