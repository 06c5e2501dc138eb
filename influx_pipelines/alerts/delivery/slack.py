"""Slack's incoming webhooks, and what speaks as they do (Mattermost, Rocket.Chat).

Apprise sends to Slack as well, but to Slack's own address alone, in colours of its own, and it
keeps the header Retry-After to itself.
"""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests

from influx_pipelines.alerts.delivery.message import Message
from influx_pipelines.alerts.delivery.outcome import Outcome

SLACK = "https://hooks.slack.com/"
LIKE_SLACK = "slack+http"  # slack+https://chat.example/hooks/abc
TIMEOUT = (5.0, 15.0)  # to connect, and between two bytes of the answer


def speaks_slack(address: str) -> bool:
    """Whether an address takes messages in Slack's format."""
    return address.startswith((SLACK, f"{LIKE_SLACK}://", f"{LIKE_SLACK}s://"))


def post(address: str, message: Message) -> Outcome:
    """Send a message; the outcome says what came of it and holds no address."""
    url = address.removeprefix("slack+")
    try:
        # The body of the answer says nothing that its status does not, and is not waited for.
        with requests.post(
            url, json=payload(message), timeout=TIMEOUT, allow_redirects=False, stream=True
        ) as answer:
            return Outcome.of_status(answer.status_code, _retry_after(answer))
    except requests.Timeout:
        return Outcome(False, "no answer in time")
    except requests.ConnectionError:
        return Outcome(False, "no connection, or a broken one")
    except (requests.RequestException, ValueError) as error:  # its text holds the address
        return Outcome(False, f"the address cannot be used ({type(error).__name__})")


def payload(message: Message) -> dict[str, Any]:
    """The message as `slack.message` of Flux sends it, with the delivery id as its footer."""
    text = escape(message.text)
    attachment = {
        "color": message.colour,
        "text": text,
        "fallback": text,
        "mrkdwn_in": ["text"],
        "footer": message.footer,
        "ts": int(message.happened_at.timestamp()),  # shown beside the footer
    }
    return {"attachments": [attachment]}


def escape(text: str) -> str:
    """What is text to Slack: a tag of the value `<!channel>` calls nobody."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _retry_after(answer: requests.Response) -> float | None:
    """Seconds, of a header that says seconds or a date."""
    value = answer.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        return float(value)
    try:
        return max((parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds(), 0.0)
    except (ValueError, TypeError):
        return None
