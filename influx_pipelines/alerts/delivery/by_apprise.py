"""Every other service, by apprise: Telegram, mail, Discord, PagerDuty, webhooks and others.

Apprise says yes or no. Why not is in what it logs: the status of an answer, and of some services
(Telegram) the seconds to wait. The header Retry-After it drops: back-off has to do.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

import apprise

from influx_pipelines.alerts.delivery.message import Message
from influx_pipelines.alerts.delivery.outcome import Outcome

SECONDS = 60.0
STATUS = re.compile(r"\berror=(\d{3})\b")
RETRY_AFTER = re.compile(r'"retry_after"\s*:\s*(\d{1,6}(?:\.\d+)?)')
TYPES = {
    "ok": apprise.NotifyType.SUCCESS,
    "info": apprise.NotifyType.INFO,
    "crit": apprise.NotifyType.FAILURE,
}
# Slack's good, warning and danger, for services with colours.
COLOURS = {
    apprise.NotifyType.SUCCESS: "#2EB886",
    apprise.NotifyType.INFO: "#439FE0",
    apprise.NotifyType.WARNING: "#DAA038",
    apprise.NotifyType.FAILURE: "#A30200",
}
# What a service answered is logged at this level alone; `quiet` keeps it from all handlers.
logging.getLogger("apprise").setLevel(logging.DEBUG)


def send(address: str, message: Message, said: Sequence[str]) -> Outcome:
    """Send a message; the outcome says what came of it and holds no address.

    Args:
        address: as apprise writes them.
        message: what.
        said: what apprise logs meanwhile; only the numbers that are looked for leave it.
    """
    asset = apprise.AppriseAsset(app_id="influx-pipelines", html_notify_map=COLOURS)
    channel = apprise.Apprise(asset=asset)
    if not channel.add(address):
        return Outcome(False, "apprise does not know such an address")
    with channel.notify(
        body=f"{message.text}\n\n{message.happened_at:%Y-%m-%d %H:%M} UTC, {message.footer}",
        title=message.title,
        notify_type=TYPES.get(message.level, apprise.NotifyType.WARNING),
        body_format=apprise.NotifyFormat.TEXT,
        timeout=SECONDS,
    ) as result:
        if result:
            return Outcome(True, "sent")
        if result.status == apprise.AppriseResultStatus.TIMEOUT:
            return Outcome(False, f"no answer within {SECONDS:g} s")
        return _failed("\n".join(said))


def _failed(logged: str) -> Outcome:
    wait = RETRY_AFTER.search(logged)
    retry_after = float(wait[1]) if wait else None
    if status := STATUS.search(logged):
        return Outcome.of_status(int(status[1]), retry_after)
    return Outcome(False, "not sent, and apprise does not say why", retry_after=retry_after)
