"""A notification rule as the script of its task."""

from __future__ import annotations

from influx_pipelines.embedded.monitoring.trees import Document, member, template
from influx_pipelines.embedded.tasks.durations import read_duration
from influx_pipelines.flux import ast
from influx_pipelines.flux.format import format_file

_SCRIPT = """
import "influxdata/influxdb/monitor"
{imports}
option task = {{name: NAME, every: EVERY{offset}}}
{before}
notification = {{
    _notification_rule_id: ID,
    _notification_rule_name: NAME,
    _notification_endpoint_id: ENDPOINTID,
    _notification_endpoint_name: ENDPOINTNAME,
}}
statuses = monitor["from"](start: -BACK{tags})
{levels}
all_statuses = {found}
    |> filter(fn: (r) => r["_time"] >= experimental["subDuration"](from: now(), d: EVERY))
all_statuses |> monitor["notify"](data: notification, endpoint: {endpoint})
"""
_UNION = 'union(tables: [{}]) |> sort(columns: ["_time"])'
_HTTP = """endpoint(mapFn: (r) => {
    body = {r with _version: 1}
    return {headers: headers, data: json["encode"](v: body)}
})"""
_AUTHORIZATION = {
    "bearer": ', "Authorization": "Bearer " + secrets["get"](key: TOKEN)',
    "basic": ', "Authorization": http["basicAuth"]('
    'u: secrets["get"](key: USERNAME), p: secrets["get"](key: PASSWORD))',
}
_SLACK = """slack_endpoint(mapFn: (r) => ({
    channel: CHANNEL,
    text: MESSAGETEMPLATE,
    color: if r["_level"] == "crit" then "danger" else if r["_level"] == "warn" then "warning"
        else "good",
}))"""


def rule_script(rule: Document, endpoint: Document) -> str:
    """The script of a rule for its endpoint, which is of the same type: http or slack."""
    levels = [_level(one) for one in rule["statusRules"]]
    names = [name for name, _ in levels]
    parts: Document = {"BACK": _longer(read_duration(rule["every"]))}
    for place, tag in enumerate(rule["tagRules"]):  # whatever its operator
        parts[f"TAG{place}"] = member(tag["key"])
        parts[f"VALUE{place}"] = ast.StringLiteral(tag["value"])
    tests = " and ".join(f"TAG{place} == VALUE{place}" for place in range(len(rule["tagRules"])))
    text = _SCRIPT.format(
        **(_http if rule["type"] == "http" else _slack)(endpoint),
        offset="" if rule["offset"] is None else ", offset: OFFSET",
        tags=f", fn: (r) => {tests}" if tests else "",
        levels="\n".join(f"{name} = statuses |> {call}" for name, call in levels),
        found=names[0] if len(names) == 1 else _UNION.format(", ".join(names)),
    )
    named = {"endpointName": endpoint["name"]}
    return format_file(template(text, endpoint, named, rule, **parts))


def _http(endpoint: Document) -> dict[str, str]:
    header = _AUTHORIZATION.get(endpoint["authMethod"], "")
    headers = f'headers = {{"Content-Type": "application/json"{header}}}'
    packages = [
        "http",
        "json",
        "experimental",
        *(["influxdata/influxdb/secrets"] if header else []),
    ]
    before = f'{headers}\nendpoint = http["endpoint"](url: URL)'
    return {"imports": _imports(packages), "before": before, "endpoint": _HTTP}


def _slack(endpoint: Document) -> dict[str, str]:
    before = 'slack_endpoint = slack["endpoint"](url: URL)'
    if endpoint["token"]:
        before = """slack_secret = secrets["get"](key: TOKEN)
            slack_endpoint = slack["endpoint"](token: slack_secret, url: URL)"""
    packages = ["slack", "influxdata/influxdb/secrets", "experimental"]
    return {"imports": _imports(packages), "before": before, "endpoint": _SLACK}


def _imports(packages: list[str]) -> str:
    return "\n".join(f'import "{package}"' for package in packages)


def _level(rule: Document) -> tuple[str, str]:
    """The name and the call for a status rule."""
    name, before = rule["currentLevel"].lower(), (rule["previousLevel"] or "").lower()
    if before:
        call = f'monitor["stateChanges"](fromLevel: "{before}", toLevel: "{name}")'
        return f"{before}_to_{name}", call
    test = "true" if name == "any" else f'r["_level"] == "{name}"'
    return name, f"filter(fn: (r) => {test})"


def _longer(period: ast.DurationLiteral) -> ast.DurationLiteral:
    """So much that the range overlaps with that of the run before."""
    for part in period.values[:1]:
        part.magnitude += part.magnitude if part.unit in ("s", "ms", "us", "ns") else 1
    return period
