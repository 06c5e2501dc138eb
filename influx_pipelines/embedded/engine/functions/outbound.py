"""Functions that send: the packages `http` and `slack`."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import quote

from influx_pipelines.embedded.engine.context import Run
from influx_pipelines.embedded.engine.errors import FluxError, not_supported, plain_error
from influx_pipelines.embedded.engine.functions.experimental import extend, map_rows
from influx_pipelines.embedded.engine.functions.shown import encode
from influx_pipelines.embedded.engine.registry import builtin, function, package
from influx_pipelines.embedded.engine.table import Stream
from influx_pipelines.embedded.engine.values import Row, needed, to_text
from influx_pipelines.embedded.outbound import NotAllowed, OutboundError

ANONYMOUS = "<anonymous function>"
# Where the functions that `slack.message` calls stand in the real library.
_COLOUR_AT = 'error calling function "validateColorString" @slack/slack.flux|96:21-96:47: '
_POST_AT = 'error calling function "post" @slack/slack.flux|102:16-102:64: '

package("slack").members["defaultURL"] = "https://slack.com/api/chat.postMessage"
package("slack").options.add("defaultURL")


@builtin("http.basicAuth")
def basic_auth(u: str, p: str) -> str:
    """The header for a user and a password."""
    return f"Basic {base64.b64encode(f'{u}:{p}'.encode()).decode()}"


@builtin("http.pathEscape")
def path_escape(inputString: str) -> str:
    """A text as one segment of a path."""
    return quote(inputString, safe="$&+:=@")


@builtin("http.post")
def post(
    url: str,
    *,
    run: Run,
    headers: dict[str, Any] | None = None,
    data: bytes | None = None,
) -> int:
    """Send a body; the status of the answer."""
    for name, value in (headers or {}).items():
        if not isinstance(value, str):
            raise FluxError(f'header value "{name}" must be a string')
    try:
        return run.reader.post(url, headers or {}, data or b"", run.caller.deadline.at)
    except NotAllowed as refusal:
        text = f"http.post to {refusal} (another machine: start it with --allow-outbound)"
        raise not_supported(text) from None
    except OutboundError as error:
        raise plain_error(str(error)) from None


@builtin("http.endpoint")
def endpoint(url: str, *, run: Run) -> Any:
    """A function that sends what another makes of each row; 200 is sent, all else is not."""

    def send(asked: dict[str, Any]) -> tuple[int, bool]:
        status = post(url, headers=needed(asked, "headers"), data=needed(asked, "data"), run=run)
        return status, status == 200

    return _sending(send, run, group=True)


def _sending(send: Callable[[dict[str, Any]], tuple[int, bool]], run: Run, *, group: bool) -> Any:
    def with_function(mapFn: Callable[..., Any]) -> Any:
        asked = run.caller.row_function(mapFn)

        def sent(row: Row) -> Row:
            status, taken = send(asked(row))
            return Row(row, _status=str(status), _sent=str(taken).lower())

        def of_rows(tables: Stream) -> Stream:
            told = map_rows(tables, sent)
            return extend(told, ["_sent"]) if group else told

        return function(ANONYMOUS, of_rows)

    return function(ANONYMOUS, with_function)


@builtin("slack.validateColorString")
def validate_colour(color: str) -> str:
    """A word that Slack knows, or `#` and hex digits; the colour again."""
    if color in ("good", "warning", "danger"):
        return color
    if not color.startswith("#"):
        raise FluxError("could not parse color string")
    if not re.fullmatch(r"[+-]?[0-9a-fA-F]+", color[1:]):
        text = f'strconv.ParseInt: parsing "{color[1:]}": invalid syntax'
        raise plain_error(text)
    if not 0 <= int(color[1:], 16) <= 0xFFFFFF:
        raise FluxError("could not parse color string")
    return color


@builtin("slack.message")
def message(
    channel: str, text: Any, color: str, *, run: Run, url: str | None = None, token: str = ""
) -> int:
    """Send a message to Slack; the status of the answer."""
    to = run.package("slack").members["defaultURL"] if url is None else url
    with _at(_COLOUR_AT):
        attachment = {"color": validate_colour(color), "mrkdwn_in": ["text"], "text": to_text(text)}
    body = encode({"channel": channel, "attachments": [attachment]})
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with _at(_POST_AT):
        return post(to, headers=headers, data=body, run=run)


@contextmanager
def _at(place: str) -> Iterator[None]:
    """Say where in the real library an error came from."""
    try:
        yield
    except FluxError as error:
        error.message = f"{place}{error.message}"
        raise


@builtin("slack.endpoint")
def slack_endpoint(*, run: Run, url: str | None = None, token: str = "") -> Any:
    """A function that sends a message for each row; any 2xx is sent."""

    def send(asked: dict[str, Any]) -> tuple[int, bool]:
        content = {name: needed(asked, name) for name in ("channel", "text", "color")}
        status = message(**content, run=run, url=url, token=token)
        return status, status // 100 == 2

    return _sending(send, run, group=False)
