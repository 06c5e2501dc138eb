"""What the older API's two paths share: credentials, and mappings to buckets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from influx_pipelines.embedded.http.answers import Fault
from influx_pipelines.embedded.http.call import Call, Service
from influx_pipelines.embedded.http.credentials import basic_credentials, has_active_user, of_token
from influx_pipelines.embedded.http.dbrps import list_mappings, may
from influx_pipelines.embedded.permissions import Caller

PATHS = ("/write", "/query")


def caller_of(shared: Service, query: Mapping[str, str], headers: Mapping[str, str]) -> Caller:
    """Whose token stands in `u` and `p`, in `Token …` or in Basic; the user's name does not count.

    Raises:
        Fault: 401, in one word when there are no credentials, in another when they are wrong.
    """
    words = headers.get("authorization", "").split(" ")
    basic = basic_credentials(headers)
    if query.get("u") and query.get("p"):
        token = query["p"]
    elif len(words) == 2 and words[0] == "Token":
        token = words[1].partition(":")[2] if ":" in words[1] else words[1]
    elif basic is not None:
        token = basic[1]
    else:
        raise Fault("unauthorized", "unauthorized access")
    caller = of_token(shared, token)
    if caller is None or not caller.active or not has_active_user(shared, caller):
        raise Fault("unauthorized", "Unauthorized")
    return caller


def signed_in(call: Call) -> Call:
    """The same call, by the one whose token it carries."""
    return replace(call, caller=caller_of(call.service, call.query, call.headers))


def mappings(call: Call, **wanted: Any) -> list[dict[str, Any]]:
    """The mappings of the token's organisation whose buckets may be read."""
    found = list_mappings(call, call.caller.org_id or "", wanted)
    return [mapping for mapping in found if may(call, "read", mapping)]
