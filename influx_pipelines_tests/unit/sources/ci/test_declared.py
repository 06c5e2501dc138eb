"""The repositories whose CI jobs are fetched."""

from __future__ import annotations

from pathlib import Path

import pytest

from influx_pipelines.estate.problems import EstateError
from influx_pipelines.settings import SettingsError
from influx_pipelines.sources.ci.declared import wanted_repositories
from influx_pipelines.sources.ci.fetch import Wanted

FILE = """repositories:
  - name: o/r
    branches: [master]
    logs: all
"""


def test_the_variable_adds_to_the_file_and_never_changes_it(tmp_path: Path) -> None:
    (tmp_path / "ci.yaml").write_text(FILE)
    found = wanted_repositories(tmp_path, "o/r, other/two\nother/three")
    assert found == [Wanted("o/r", ("master",), "all"), Wanted("other/two"), Wanted("other/three")]
    assert wanted_repositories(tmp_path / "nowhere") == []


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("repositories:\n  - name: nonsense\n", ":2:5: name: 'nonsense' is no repository"),
        ("repositories:\n  - name: o/..\n", "is no repository"),
        (
            "repositories:\n  - {name: o/r, log: all}\n",
            ":2:17: unknown key 'log': did you mean logs?",
        ),
        ("repositories:\n  - {name: o/r, logs: some}\n", ":2:17: logs: write 'none', "),
        (FILE + "  - name: o/r\n", ":5:5: the repository 'o/r' stands here a second time"),
    ],
)
def test_a_mistake_is_named_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "ci.yaml").write_text(text)
    with pytest.raises(EstateError) as caught:
        wanted_repositories(tmp_path)
    assert says in str(caught.value)


def test_a_mistake_of_the_variable_names_it(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="CI_REPOSITORIES: 'r' is no repository"):
        wanted_repositories(tmp_path, "o/r r")
