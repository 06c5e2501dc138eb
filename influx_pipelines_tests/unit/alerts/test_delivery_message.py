"""What a message says, and when it is tried again."""

from __future__ import annotations

from datetime import timedelta

import pytest

from influx_pipelines.alerts.delivery.backoff import wait
from influx_pipelines.alerts.delivery.config import Texts
from influx_pipelines.alerts.delivery.message import Message, message_of
from influx_pipelines.alerts.delivery.outcome import Outcome
from influx_pipelines.alerts.delivery.slack import payload, speaks_slack
from influx_pipelines.alerts.delivery.texts import in_words
from influx_pipelines.alerts.instants import from_nanoseconds
from influx_pipelines.alerts.models import AlertSeries, Delivery, Incident, Notice
from influx_pipelines_tests.alerts import START

T0 = from_nanoseconds(START)
POD = "idf/nublado/hub-1 (hub) at 2026-11-24T10:00:00Z: state waiting, phase Running"


def _message(kind: str = "opened", level: str = "crit", text: str = POD, **texts: str) -> Message:
    series = AlertSeries(check_name="state", tags={"cluster": "idf", "pod_name": "hub-1"})
    incident = Incident(id=7, series=series, opened_at=T0, peak_level="crit", resolution="")
    happened = T0 + timedelta(hours=4, minutes=2)
    notice = Notice(
        incident=incident, kind=kind, number=1, level=level, message=text, happened_at=happened
    )
    return message_of(Delivery(delivery_id="id-1", notice=notice), Texts(**texts))


@pytest.mark.parametrize(
    ("kind", "level", "text", "colour"),
    [
        ("opened", "crit", POD, "danger"),
        ("changed", "warn", POD, "warning"),
        ("repeat", "crit", f"Still crit after 4 h 2 min: {POD}", "danger"),
        ("resolved", "ok", f"Resolved after 4 h 2 min: {POD}", "good"),
    ],
)
def test_a_finding_is_told_in_its_own_words_and_in_slacks_colours(
    kind: str, level: str, text: str, colour: str
) -> None:
    attachment = payload(_message(kind, level))["attachments"][0]
    assert (attachment["text"], attachment["color"]) == (text, colour)
    assert attachment["footer"] == "delivery id-1"
    assert attachment["ts"] == (T0 + timedelta(hours=4, minutes=2)).timestamp()


def test_texts_are_templates_with_the_tags() -> None:
    found = _message(
        opened="{{ tags.pod_name }}{{ tags.gone }} is {{ level }}", title="{{ check }}"
    )
    assert (found.title, found.text) == ("state", "hub-1 is crit")


@pytest.mark.parametrize("template", ["{{ 1 / 0 }}", "{{ message.x.y }}", "{{ tags + 1 }}"])
def test_a_template_that_cannot_be_filled_loses_no_alert(template: str) -> None:
    assert _message(opened=template).text == POD


def test_a_message_calls_nobody_and_is_never_empty_or_endless() -> None:
    hostile = payload(_message(text="<!channel> & <https://evil|here>"))["attachments"][0]
    assert hostile["text"] == "&lt;!channel&gt; &amp; &lt;https://evil|here&gt;"
    assert _message(text="").text == "crit: state"
    assert len(_message(text="x" * 100_000).text) == 1_500


def test_what_receivers_ask_for_is_waited_else_longer_and_longer() -> None:
    failed = Outcome(False, "no connection")
    seconds = [wait(failed, tries, 0.5).total_seconds() for tries in (1, 2, 3, 7, 2_000)]
    assert seconds == [10, 20, 40, 600, 600]
    assert wait(failed, 1, 0.0) < wait(failed, 1, 1.0)
    asked = [Outcome(False, "", retry_after=after) for after in (0.0, 7.0, 1e9)]
    assert [wait(one, 1).total_seconds() for one in asked] == [1, 7, 3_600]


def test_only_a_message_that_is_refused_is_given_up_at_once() -> None:
    refused = [status for status in range(300, 600) if Outcome.of_status(status).refused]
    assert refused == [400, 413, 422]
    assert [Outcome.of_status(status).sent for status in (200, 204, 301, 404)] == [1, 1, 0, 0]


def test_addresses_of_slack_and_what_speaks_like_it() -> None:
    assert speaks_slack("https://hooks.slack.com/services/T/B/x")
    assert speaks_slack("slack+http://chat.example/hooks/x")
    assert not speaks_slack("https://discord.com/api/webhooks/1/x")


def test_lengths_of_time_in_words() -> None:
    lengths = [0, 59, 60, 3_600, 100_000, -5]
    words = [in_words(timedelta(seconds=seconds)) for seconds in lengths]
    assert words == ["0 s", "59 s", "1 min", "1 h", "1 d 3 h", "0 s"]
