"""The list of buckets, page by page."""

from __future__ import annotations

from urllib.parse import urlencode

from starlette.responses import Response

from influx_pipelines.embedded.database import Document
from influx_pipelines.embedded.http.answers import (
    Fault,
    invalid,
    json_answer,
    not_found,
)
from influx_pipelines.embedded.http.buckets import PATH, get_bucket, readable, view
from influx_pipelines.embedded.http.call import Call, parse_id
from influx_pipelines.embedded.http.routing import route


def _number(call: Call, name: str, default: int) -> int:
    text = call.query.get(name)
    if text is None:
        return default
    try:
        return int(text)
    except ValueError:
        raise invalid(f"{name} is invalid") from None


def _flag(call: Call, name: str) -> bool:
    text = call.query.get(name, "false")
    if text not in (
        "true",
        "false",
        "1",
        "0",
        "t",
        "f",
        "T",
        "F",
        "TRUE",
        "FALSE",
        "True",
        "False",
    ):
        raise invalid(f"{name} is invalid")
    return text[0] in "tT1"


@route("GET", PATH)
def buckets(call: Call) -> Response:
    """A page of buckets; what may not be read is left out after the page is cut."""
    limit, offset = _number(call, "limit", 20), max(_number(call, "offset", 0), 0)
    if not 1 <= limit <= 100:
        raise invalid("limit must be between 1 and 100")
    descending = _flag(call, "descending")
    after = call.query.get("after")
    if after is not None:
        try:
            after = parse_id(after)
        except Fault as fault:
            raise invalid(f"decoding after: {fault.message}") from None
    found = _matching(call, descending, after)[offset : offset + limit]
    shown = [view(call, bucket) for bucket in found if readable(call, bucket)]
    links = _links(call, limit, offset, descending, len(shown))
    return json_answer({"links": links, "buckets": shown})


def _matching(call: Call, descending: bool, after: str | None) -> list[Document]:
    org_id, org, name = (call.query.get(key) for key in ("orgID", "org", "name"))
    if bucket_id := call.query.get("id"):
        return [get_bucket(call, parse_id(bucket_id))]
    if org_id:
        org_id = parse_id(org_id)
    elif org:
        org_id = call.org_by_name(org)["id"]
    if name:
        found = call.database.find("bucket", org=org_id, name=name)
        if not found and org_id:
            raise not_found(f'bucket "{name}" not found')
        return found
    if org_id:
        found = call.database.page("bucket", org_id, descending)
    else:
        found = sorted(call.database.find("bucket"), key=lambda b: str(b["id"]), reverse=descending)
    return found if after is None else _after(found, after)


def _after(found: list[Document], after: str) -> list[Document]:
    """What follows a bucket; nothing when it is no longer there."""
    places = [place for place, bucket in enumerate(found) if bucket["id"] == after]
    return found[places[0] + 1 :] if places else []


def _links(call: Call, limit: int, offset: int, descending: bool, returned: int) -> dict[str, str]:
    fixed = {"descending": str(descending).lower(), "limit": str(limit)}
    for parameter, shown in (("name", "bucket"), ("id", "id"), ("after", "after")):
        if call.query.get(parameter):
            fixed[shown] = call.query[parameter]
    if call.query.get("orgID"):
        fixed["orgID"] = call.query["orgID"]
    if call.query.get("org"):
        fixed["org"] = call.query["org"]

    def link(start: int) -> str:
        return f"{PATH}?{urlencode(sorted({**fixed, 'offset': str(start)}.items()))}"

    links = {"self": link(offset)}
    if offset > 0:
        links["prev"] = link(max(offset - limit, 0))
    if returned >= limit:
        links["next"] = link(offset + limit)
    return links
