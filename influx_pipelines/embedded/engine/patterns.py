"""Regular expressions of Go (RE2) as Python's, refusing what the two read differently."""

from __future__ import annotations

import re

from influx_pipelines.embedded.engine.errors import FluxError, not_supported

# What RE2 does not have: it refuses such a pattern.
_UNKNOWN_THERE = re.compile(r"(?<!\\)(?:\\\\)*(\(\?(?:=|!|<=|<!|P=|>|\()|\\[1-9]|[*+?}]\+)")
# What RE2 has and Python reads in another way.
_DIFFERENT = re.compile(r"(?<!\\)(?:\\\\)*(\[\[:|\\[pPQCz]|\(\?[a-zA-Z]*[Us-])")
_LAST_DOLLAR = re.compile(r"(?<!\\)((?:\\\\)*)\$$")


def compile_pattern(text: str) -> re.Pattern[str]:
    r"""A pattern; `\d`, `\w`, `\s`, `\b` mean ASCII and a last `$` the very end, as in RE2.

    Raises:
        FluxError: it is no pattern, or one that this server would read wrongly.
    """
    if _UNKNOWN_THERE.search(text):
        raise FluxError(f"error parsing regexp: invalid or unsupported Perl syntax: `{text}`")
    if _DIFFERENT.search(text):
        raise not_supported(f"the regular expression /{text}/")
    try:
        return re.compile(_LAST_DOLLAR.sub(r"\1\\Z", text), re.ASCII)
    except re.error as error:
        raise FluxError(f"error parsing regexp: {error}") from None
