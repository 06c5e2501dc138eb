"""The rights of our token: each that is needed, and who needs it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from influx_pipelines.doctor import probing
from influx_pipelines.doctor.needs import NEEDS, Need, needs_of_data
from influx_pipelines.doctor.result import Result, green, red, yellow
from influx_pipelines.doctor.subject import Subject
from influx_pipelines.influx.client import Influx

LOOK = "Look at the token in the server's web page, or see what `influx-pipelines plan` says."


def rights(subject: Subject) -> Iterator[Result]:
    """A result for each type of resource, and for each bucket that points are written to."""
    found = subject.answering
    if found is None or not found.org_id:
        return
    with subject.client() as client:
        known = _known(client)
        for need in NEEDS:
            yield judge(need, [known.get((need.resource, action)) for action in need.actions])
        for need in needs_of_data(subject.settings):
            yield judge(need, [probing.writes(client, need.bucket)])


def _known(client: Influx) -> Mapping[probing.Right, bool]:
    wanted = [(need.resource, action) for need in NEEDS for action in need.actions]
    found = probing.tried(client, wanted)
    return found if len(found) == len(wanted) else {**probing.seen(client), **found}


def judge(need: Need, has: Sequence[bool | None]) -> Result:
    """Judge a need by whether each of its actions is allowed; None is not known."""
    what = f"bucket {need.bucket}" if need.bucket else need.resource
    name, who = f"right: {what}", f"for {', '.join(need.who)}"
    answers = list(zip(need.actions, has, strict=True))
    if lacking := [action for action, allowed in answers if allowed is False]:
        text = f"The token may not {' or '.join(lacking)} {what}, needed {who}."
        user = " and its own user" if what == "authorizations" else ""
        mend = f"Give INFLUXDB_TOKEN the right to {' and '.join(lacking)} {what}{user}."
        return red(name, text, mend)
    if need.bucket and None in has:
        return green(name, f"no such bucket yet; {' and '.join(need.actions)} {who}")
    if unknown := [action for action, allowed in answers if allowed is None]:
        text = (
            f"Nobody can tell whether the token may {' and '.join(unknown)} {what}, needed {who}."
        )
        return yellow(name, text, LOOK)
    return green(name, f"{' and '.join(need.actions)} {who}")
