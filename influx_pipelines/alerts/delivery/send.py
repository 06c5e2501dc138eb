"""One message over one channel."""

from __future__ import annotations

import logging
from collections.abc import Sequence

from influx_pipelines.alerts.delivery.config import Channel
from influx_pipelines.alerts.delivery.message import Message
from influx_pipelines.alerts.delivery.outcome import Outcome
from influx_pipelines.alerts.delivery.quiet import overheard
from influx_pipelines.estate.values import (
    NoValueError,
    from_command,
    from_environment,
    from_file,
)

log = logging.getLogger(__name__)


def send(channel: Channel, message: Message, secret_command: str = "") -> Outcome:
    """Send a message; whatever goes wrong is an outcome, and no address is in it.

    Args:
        channel: where to.
        message: what.
        secret_command: the command that prints the value of a secret.
    """
    if channel.log:
        log.warning("%s\n%s\n%s", message.title, message.text, message.footer)
        return Outcome(True, "logged")
    try:
        address = _address(channel, secret_command)
    except NoValueError as error:
        return Outcome(False, str(error))
    with overheard() as said:
        try:
            return _send(address, message, said)
        except Exception as error:  # of a library: its text may hold the address
            return Outcome(False, f"{type(error).__name__} while sending")


def _address(channel: Channel, secret_command: str) -> str:
    if channel.env:
        value = from_environment(channel.env)
    elif channel.file:
        value = from_file(channel.file)
    else:
        value = from_command(secret_command, channel.name)
    return value.get_secret_value().strip()


def _send(address: str, message: Message, said: Sequence[str]) -> Outcome:
    # Imported when needed: each takes a good part of a second.
    from influx_pipelines.alerts.delivery import slack

    if slack.speaks_slack(address):
        return slack.post(address, message)
    from influx_pipelines.alerts.delivery import by_apprise

    return by_apprise.send(address, message, said)
