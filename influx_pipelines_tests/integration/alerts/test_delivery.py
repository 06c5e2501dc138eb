"""Messages to real receivers on loopback: once each, in order, again when it failed."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from influx_pipelines.alerts.database import Database
from influx_pipelines.alerts.delivery.config import AlertsConfig
from influx_pipelines.alerts.delivery.leases import revive
from influx_pipelines.alerts.delivery.overview import is_due, late
from influx_pipelines.alerts.delivery.worker import Delivered, deliver_due
from influx_pipelines.alerts.models import Delivery
from influx_pipelines.alerts.statuses import Status
from influx_pipelines.alerts.store import record
from influx_pipelines_tests.alerts import status
from influx_pipelines_tests.receiver import PATH, Answer, Receiver

SECRET = PATH.rsplit("/", 1)[1]
MINUTE = timedelta(minutes=1)
# What is no matter of the database.
ON_SQLITE = pytest.mark.parametrize("alerts_url", ["sqlite"], indirect=True)


class Desk:
    """A database, a configuration, and a clock that a test moves."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder = database, folder
        self.now = datetime.fromisoformat("2026-11-24T10:00:00Z")
        self.channels: list[dict[str, Any]] = []
        self.more: dict[str, Any] = {}

    def channel(self, name: str, address: str) -> None:
        file = self.folder / name
        file.write_text(address + "\n")
        self.channels.append({"name": name, "file": str(file)})

    def record(self, *statuses: Status) -> None:
        with self.database.session() as session:
            record(session, statuses, now=self.now)

    def deliver(self, **given: Any) -> Delivered:
        config = AlertsConfig.model_validate(
            {"channels": self.channels, "default": [self.channels[0]["name"]], **self.more}
        )
        return deliver_due(self.database, config, clock=lambda: self.now, **given)

    def rows(self) -> list[Delivery]:
        with self.database.reading() as session:
            return list(session.scalars(select(Delivery).order_by(Delivery.id)))

    def late(self, after: timedelta = MINUTE) -> list[tuple[str, str, int]]:
        with self.database.reading() as session:
            names = [channel["name"] for channel in self.channels]
            found = late(session, names, self.now, longest=after, remembered=timedelta(days=7))
        return [(one.channel, one.state, one.count) for one in found]


@pytest.fixture
def desk(alerts_database: Database, tmp_path: Path) -> Desk:
    return Desk(alerts_database, tmp_path)


def test_an_incident_is_told_once_in_order_and_its_end_to_whoever_was_told(desk: Desk) -> None:
    with Receiver() as slack, Receiver() as other:
        desk.channel("idf", slack.slack)
        desk.channel("pager", other.slack)
        desk.more = {"routes": [{"when": {"level": "crit"}, "channels": ["pager"]}]}
        desk.record(status("warn"), status("crit", 1), status("ok", 2))
        assert desk.deliver() == Delivered(sent=4)
        assert desk.deliver() == Delivered()
        assert slack.texts == ["load is warn on a", "Resolved after 2 min: load is ok on a"]
        assert other.texts == ["load is crit on a", "Resolved after 2 min: load is ok on a"]
        colours = [one["attachments"][0]["color"] for one in (*slack.taken, *other.taken)]
        assert colours == ["warning", "good", "danger", "good"]
        taken = slack.ids + other.ids
        assert sorted(taken) == sorted(row.delivery_id for row in desk.rows())
        assert set(taken.values()) == {1}


def test_any_number_of_workers_sends_each_message_once(desk: Desk) -> None:
    with Receiver(lambda number: Answer(delay=0.002)) as slack, ThreadPoolExecutor(4) as pool:
        desk.channel("ops", slack.slack)
        desk.record(*(status("crit", host=f"h{n}") for n in range(40)))
        desk.record(*(status("ok", 1, host=f"h{n}") for n in range(40)))
        done = list(pool.map(lambda _: desk.deliver(), range(4)))
        assert sum(one.sent for one in done) == 80
        assert len(slack.ids) == len(slack.asked) == 80


def test_a_channel_that_does_not_answer_rests_and_is_tried_again(desk: Desk) -> None:
    with Receiver(lambda number: Answer(503 if number < 2 else 200)) as slack:
        desk.channel("ops", slack.slack)
        desk.record(status("crit"), status("crit", host="b"))
        assert desk.deliver() == Delivered(failed=1), "the second one waits with it"
        assert desk.deliver() == Delivered()
        assert desk.late() == []
        desk.now += 2 * MINUTE
        assert desk.late() == [("ops", "failed", 1), ("ops", "pending", 1)]
        assert desk.deliver() == Delivered(failed=1)
        desk.now += MINUTE
        assert desk.deliver() == Delivered(sent=2)
        assert sorted(slack.texts) == ["load is crit on a", "load is crit on b"]
        assert desk.late() == []


def test_what_is_told_first_is_sent_first_however_often_it_fails(desk: Desk) -> None:
    with Receiver(lambda number: Answer(500 if number == 0 else 200)) as slack:
        desk.channel("ops", slack.slack)
        desk.record(status("crit"))
        assert desk.deliver() == Delivered(failed=1)
        desk.record(status("ok", 1))
        assert desk.deliver() == Delivered(), "its beginning was not told yet"
        desk.now += MINUTE
        assert desk.deliver() == Delivered(sent=2)
        assert slack.texts == ["load is crit on a", "Resolved after 1 min: load is ok on a"]


def test_retry_after_is_waited(desk: Desk) -> None:
    with Receiver(lambda number: Answer(429 if number == 0 else 200, retry_after="120")) as slack:
        desk.channel("ops", slack.slack)
        desk.record(status("crit"))
        assert desk.deliver() == Delivered(failed=1)
        assert desk.rows()[0].outcome == "answered 429"
        desk.now += timedelta(seconds=119)
        assert desk.deliver() == Delivered()
        desk.now += timedelta(seconds=1)
        assert desk.deliver() == Delivered(sent=1)


@ON_SQLITE
@pytest.mark.parametrize(
    ("header", "seconds"),
    [("Fri, 02 Jan 2099 03:04:05 GMT", 3_600), ("999999", 3_600), ("0", 1), ("soon", 10)],
)
def test_retry_after_is_a_date_or_a_number_and_an_hour_at_most(
    desk: Desk, header: str, seconds: int
) -> None:
    with Receiver(lambda number: Answer(503, retry_after=header)) as slack:
        desk.channel("ops", slack.slack)
        desk.record(status("crit"))
        desk.deliver()
        next_try = desk.rows()[0].next_try_at
        assert next_try is not None
        assert (next_try - desk.now).total_seconds() == pytest.approx(seconds, rel=0.2)


def test_a_refused_message_is_a_dead_letter_and_the_next_ones_go_on(desk: Desk) -> None:
    with Receiver(lambda number: Answer(400 if number == 0 else 200)) as slack:
        desk.channel("ops", slack.slack)
        desk.record(status("crit"), status("crit", host="b"))
        assert desk.deliver() == Delivered(sent=1, dead=1)
        assert desk.late() == [("ops", "dead", 1)]
        with desk.database.session() as session:
            assert revive(session, desk.now) == 1
        assert desk.deliver() == Delivered(sent=1)
        assert desk.late() == []
        assert len(slack.ids) == 2


def test_what_never_could_be_sent_is_given_up(desk: Desk) -> None:
    desk.channels.append({"name": "ops", "env": "NOT_SET_ANYWHERE"})
    desk.record(status("crit"))
    assert desk.deliver() == Delivered(failed=1)
    desk.now += timedelta(days=1)
    assert desk.deliver() == Delivered(dead=1)
    assert "the environment variable NOT_SET_ANYWHERE is not set" in desk.rows()[0].outcome


def test_of_a_channel_that_was_taken_away_nobody_waits_for_the_rest(desk: Desk) -> None:
    with Receiver() as slack:
        desk.channel("old", slack.slack)
        desk.record(status("crit"))
        assert desk.deliver() == Delivered(sent=1)
        desk.channels.clear()
        desk.channel("new", slack.slack)
        desk.record(status("ok", 1))
        assert desk.deliver() == Delivered(dead=1)
        assert desk.late() == []


def test_a_message_in_flight_of_a_killed_worker_is_sent_by_another_one(desk: Desk) -> None:
    with Receiver() as slack:
        desk.channel("ops", slack.slack)
        desk.record(status("crit"))
        assert desk.deliver() == Delivered(sent=1)
        held = {"leased_by": "killed", "leased_until": desk.now + MINUTE}
        held |= {"state": "pending", "next_try_at": desk.now, "ended_at": None}
        with desk.database.session() as session:  # as it was when the worker was killed
            session.execute(update(Delivery).values(**held))
        assert desk.deliver() == Delivered()
        desk.now += MINUTE
        assert desk.deliver() == Delivered(sent=1)
        assert list(slack.ids.values()) == [2]


def test_an_incident_that_lasts_is_told_once_an_interval(desk: Desk) -> None:
    with Receiver() as slack:
        desk.channel("ops", slack.slack)
        desk.more = {"repeat_every": "1h"}
        desk.record(status("crit"))
        for _ in range(25):
            desk.deliver()
            desk.now += timedelta(minutes=10)
        kinds = [text.split()[0] for text in slack.texts]
        assert kinds == ["load", "Still", "Still", "Still", "Still"]
        assert len(slack.ids) == 5


def test_a_worker_is_due_when_there_is_something_to_do(desk: Desk) -> None:
    def due() -> bool:
        with desk.database.reading() as session:
            return is_due(session, desk.now)

    with Receiver() as slack:
        desk.channel("ops", slack.slack)
        assert not due()
        desk.record(status("crit"))
        assert due()
        desk.deliver()
        assert not due()
        desk.now += timedelta(hours=4)
        assert due(), "a repeat"


@ON_SQLITE
@pytest.mark.parametrize("kind", ["slack", "json"])
@pytest.mark.parametrize("answer", [Answer(), Answer(500, body=PATH.encode()), None])
def test_an_address_appears_nowhere(
    desk: Desk,
    kind: str,
    answer: Answer | None,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    with Receiver(lambda number: answer or Answer()) as receiver:
        address = getattr(receiver, kind)
    if answer:
        with Receiver(lambda number: answer) as receiver:
            _deliver_to(desk, getattr(receiver, kind))
            assert receiver.asked
    else:  # nobody listens there any more
        _deliver_to(desk, address)
    rows = desk.rows()
    told = [str(vars(row)) for row in rows] + [repr(rows), caplog.text, *capfd.readouterr()]
    assert SECRET not in "".join(told)
    assert "delivery" in caplog.text
    assert rows[0].state == ("sent" if answer and answer.status == 200 else "failed")


def _deliver_to(desk: Desk, address: str) -> None:
    desk.channel("ops", address)
    desk.record(status("crit"))
    desk.deliver()


def test_apprise_tells_the_status_and_telegrams_wait(desk: Desk) -> None:
    with Receiver(lambda number: Answer(429, body=b'{"parameters": {"retry_after": 77}}')) as hook:
        desk.channel("hook", hook.json)
        desk.record(status("crit"))
        assert desk.deliver() == Delivered(failed=1)
        row = desk.rows()[0]
        assert row.outcome == "answered 429"
        assert row.next_try_at == desk.now + timedelta(seconds=77)
        assert row.delivery_id in hook.asked[0][1]["message"]
        assert hook.asked[0][1]["type"] == "failure"


@ON_SQLITE
@pytest.mark.parametrize("address", ["nonsense", "https://", "slack+http://", "slack+http://[x"])
def test_an_address_that_is_none_is_an_outcome(desk: Desk, address: str) -> None:
    desk.channel("ops", address)
    desk.record(status("crit"))
    assert desk.deliver() == Delivered(failed=1)
