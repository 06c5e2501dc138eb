"""What an import found of one kind, and the text of the file that declares it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml

from influx_pipelines.estate.kinds.filenames import file_name


@dataclass(frozen=True, slots=True)
class Section:
    """Entries below a key of the files; `notes` say what they leave out, `files` go beside them."""

    key: str
    entries: list[dict[str, Any]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    files: dict[str, str] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)  # other keys of the same file
    suffix: str = ".yaml"

    def texts(self, *, one_a_file: bool) -> dict[str, str]:
        """Texts by the path of their file below the folder; none for a kind without anything."""
        content: dict[str, Any] = {**self.extra}
        found = dict(self.files)
        if one_a_file:
            for entry in self.entries:
                found[f"{self.key}/{file_name(entry['name'])}.yaml"] = _yaml(entry)
        elif self.entries:
            content[self.key] = self.entries
        comment = "".join(f"# {_line(note)}\n" for note in self.notes)
        if content or comment:
            found[self.key + self.suffix] = comment + (_yaml(content) if content else "")
        return found


def _line(note: str) -> str:
    """A note as the rest of a comment, which ends with its line and holds no control character."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(note.split()))


class _Dumper(yaml.SafeDumper):
    """Texts of several lines as blocks."""


def _text(dumper: _Dumper, value: str) -> yaml.Node:
    # Other breaks than \n would come back as \n.
    whole = value.replace("\n", "").isprintable()
    style = '"' if not whole else "|" if "\n" in value else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def _yaml(value: Any) -> str:
    return yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
