"""The texts of messages: Jinja templates, those of the tasks' findings by default.

Findings and monitoring checks bring whole sentences ("cluster/application/pod (container) at …"),
so a message is theirs; an end and a repeat say beside it what they cannot know.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from jinja2 import TemplateSyntaxError
from jinja2.sandbox import ImmutableSandboxedEnvironment

TEXTS: Mapping[str, str] = {
    "title": "{{ 'resolved' if kind == 'resolved' else level }}: {{ check }}",
    "opened": "{{ message }}",
    "changed": "{{ message }}",
    "repeat": "Still {{ level }} after {{ lasted }}: {{ message }}",
    "resolved": "Resolved after {{ lasted }}"
    "{{ ', ' ~ resolution if resolution not in ('', 'recovered') else '' }}: {{ message }}",
}
_ENVIRONMENT = ImmutableSandboxedEnvironment()


def bad_template(text: str) -> str:
    """What is wrong with a template; empty when nothing is."""
    try:
        _ENVIRONMENT.from_string(text)
    except TemplateSyntaxError as error:
        return f"this is no template: {error.message} (line {error.lineno} of it)"
    return ""


def render(template: str, values: Mapping[str, Any]) -> str:
    """A text; that of the status alone when the template cannot be filled: no alert is lost."""
    try:
        return _ENVIRONMENT.from_string(template).render(values)
    except Exception:  # whatever it is, the alert is told
        return str(values["message"])


def in_words(lasted: timedelta) -> str:
    """A length of time in its two largest units, such as `2 d 4 h`."""
    left = max(int(lasted.total_seconds()), 0)
    parts: list[str] = []
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1)):
        count, left = divmod(left, size)
        if count or (unit == "s" and not parts):
            parts.append(f"{count} {unit}")
    return " ".join(parts[:2])
