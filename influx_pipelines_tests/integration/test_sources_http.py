"""What every answer of a service outside becomes."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from influx_pipelines.sources.budget import Budget
from influx_pipelines.sources.errors import (
    BadAnswer,
    BudgetSpent,
    NotFound,
    RateLimited,
    Refused,
    SourceError,
    Unavailable,
)
from influx_pipelines.sources.http import Http
from influx_pipelines_tests.services.service import Answer, Service

KEY = "k3y+that/nobody=sees"
PACKED = {"Content-Encoding": "gzip"}
BOMB = gzip.compress(b" " * (100 << 20), 1)
FINE = Answer.json({"temp": 1.5})


@pytest.fixture
def service() -> Iterator[Service]:
    with Service(lambda _: FINE) as service:
        yield service


@pytest.fixture
def http(service: Service) -> Iterator[Http]:
    with Http(service.url, params={"appid": KEY}, timeout=(0.3, 0.3), retries=0) as http:
        yield http


@pytest.mark.parametrize(
    ("answer", "error", "says"),
    [
        (Answer.json({"message": f"Invalid API key {KEY}"}, 401), Refused, "key right"),
        (Answer.json({"error": True, "reason": "out of range"}, 400), Refused, "out of range"),
        (Answer.json({"message": "city not found"}, 404), NotFound, "city not found"),
        (Answer(b"", 410), NotFound, "410"),
        (Answer(b"", 429, {"Retry-After": "3600"}), RateLimited, "429"),
        (Answer(b"", 403, {"X-RateLimit-Remaining": "0"}), RateLimited, "403"),
        (Answer(b"<html>log in", 200), BadAnswer, "no JSON"),
        (Answer(b'{"temp": 1.', 200), BadAnswer, "no JSON"),
        (Answer(b'{"temp": 1.5}', 200, cut=True), Unavailable, "broke off"),
        (Answer(b"", 503), Unavailable, "503"),
        (Answer(b"{}", 200, delay=0.5), Unavailable, "no answer"),
        (Answer(BOMB, 200, PACKED), BadAnswer, "more than 64 MB"),
        (Answer(BOMB, 500, PACKED), BadAnswer, "more than 64 MB"),
        (Answer(b"[" * 100_000), BadAnswer, "no JSON"),
        (Answer(b"", 302, {"Location": f"http://[{KEY}"}), SourceError, "address right"),
    ],
)
def test_a_bad_answer_is_an_error_of_its_kind_without_the_key(
    service: Service, http: Http, answer: Answer, error: type[SourceError], says: str
) -> None:
    """100 kB that unpack to 100 MB filled the memory; an odd redirect, or lists within lists, ended
    in an error of a library, past all that turns ours into sentences.
    """
    service.scripted.append(answer)
    with pytest.raises(error) as caught:
        http.json("weather", {"lat": 1})
    assert says in str(caught.value)
    assert KEY not in repr(caught.value) and KEY not in str(caught.value.__cause__)


def test_a_redirect_in_a_circle_is_told(service: Service, http: Http) -> None:
    service.answer = lambda _: Answer(b"", 302, {"Location": "/weather"})
    with pytest.raises(BadAnswer, match="in a circle"):
        http.json("weather")


@pytest.mark.parametrize("token", ["to\nken", "t€ken"])
def test_a_token_that_no_header_can_hold_is_told(service: Service, token: str) -> None:
    """A token with a letter outside of Latin-1 was an error of the codec, with a part of it."""
    with (
        Http(service.url, headers={"Authorization": f"Bearer {token}"}) as http,
        pytest.raises(SourceError, match="copy it again") as caught,
    ):
        http.get("runs")
    assert "ken" not in str(caught.value).replace("token", "")


@pytest.mark.parametrize("key", ["s3cret-key\r\n", "s3cret\nkey"])
def test_a_key_with_a_line_break_is_in_no_message(service: Service, key: str) -> None:
    """A reason is shown on one line: the key in it was another text than the one to be hidden."""
    service.scripted.append(Answer.json({"message": f"Invalid API key {key}. See the FAQ."}, 401))
    with Http(service.url, params={"appid": key}) as http, pytest.raises(Refused) as caught:
        http.get("weather")
    assert "s3cret" not in str(caught.value) and "See the FAQ" in str(caught.value)


def test_what_can_be_mended_by_waiting_is_asked_again(service: Service) -> None:
    with Http(service.url, retries=2) as http:
        service.scripted += [
            Answer(b"", 429, {"Retry-After": "0"}),
            Answer(b"{}" * 10, 200, {"Retry-After": "0"}, cut=True),
        ]
        assert http.json("weather") == {"temp": 1.5}
        assert len(service.requests) == 3
        service.scripted += [Answer(b"", 503, {"Retry-After": "0"})] * 4
        with pytest.raises(Unavailable, match="503"):
            http.get("weather")
    assert len(service.requests) == 6


def test_a_wait_of_more_than_a_minute_is_left_to_the_caller(service: Service, http: Http) -> None:
    service.scripted.append(Answer(b"", 429, {"Retry-After": "61"}))
    with pytest.raises(RateLimited) as caught:
        http.get("weather")
    assert (caught.value.retry_after, len(service.requests)) == (61.0, 1)


@pytest.mark.parametrize("told", ["9" * 30, "9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT"])
def test_a_wait_of_ages_is_a_day(service: Service, http: Http, told: str) -> None:
    """The time at which to go on could not be told: an OverflowError."""
    service.scripted.append(Answer(b"", 429, {"Retry-After": told}))
    with pytest.raises(RateLimited) as caught:
        http.get("weather")
    assert caught.value.retry_after == 86_400


def test_nothing_listens_is_unavailable() -> None:
    with Http("http://127.0.0.1:9", retries=0) as http, pytest.raises(Unavailable):
        http.get("weather")


def test_the_key_is_not_in_the_logs_of_the_libraries(
    http: Http, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At DEBUG urllib3 writes the whole address of each request."""
    # The migrations of a Dagster instance that was made before switch loggers off.
    logger = "urllib3.connectionpool"
    monkeypatch.setattr(logging.getLogger(logger), "disabled", False)
    with caplog.at_level(logging.DEBUG, logger):
        http.get("weather", {"lat": 1})
    assert "/weather?" in caplog.text
    assert KEY not in caplog.text and "nobody" not in caplog.text


def test_an_answer_of_304_is_no_error(service: Service, http: Http) -> None:
    service.scripted.append(Answer(b"", 304))
    assert http.get("runs", headers={"If-None-Match": '"a"'}).status_code == 304
    assert service.requests[0].headers["If-None-Match"] == '"a"'


def _take(path: Path) -> int:
    taken = 0
    try:
        while True:
            Budget(path, 60).take()
            taken += 1
    except BudgetSpent:
        return taken


def test_processes_share_the_calls_of_a_day(tmp_path: Path) -> None:
    with ProcessPoolExecutor(3) as pool:
        taken = pool.map(_take, [tmp_path / "budget.json"] * 3)
        assert sum(taken) == 60


def test_a_spent_budget_sends_nothing(service: Service, tmp_path: Path) -> None:
    budget = Budget(tmp_path / "open_meteo.json", 10)
    with Http(service.url, budget=budget) as http:
        http.get("archive", cost=8)
        with pytest.raises(BudgetSpent, match="2 are left, and 3 would be needed"):
            http.get("archive", cost=3)
    assert len(service.requests) == 1
    budget.path.write_text('{"day": "2020-01-01", "calls": 10}')
    assert budget.left() == 10


def test_a_count_that_cannot_be_kept_is_told_before_anything_is_sent(
    service: Service, tmp_path: Path
) -> None:
    """A full disk or a folder in its place ended in an OSError, past what explains failures."""
    (tmp_path / "file").touch()
    (tmp_path / "folder.json").mkdir()
    for name in ("file/count.json", "folder.json"):
        budget = Budget(tmp_path / name, 10)
        with Http(service.url, budget=budget) as http, pytest.raises(SourceError, match="counted"):
            http.get("archive")
    for damaged in ("[]", '{"day": "2026-01-01", "calls": Infinity}'):
        (tmp_path / "count.json").write_text(damaged)
        with pytest.raises(SourceError, match="delete it"):
            Budget(tmp_path / "count.json", 10).take()
    assert service.requests == []
