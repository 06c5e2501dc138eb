from __future__ import annotations

import pytest

from influx_pipelines.backups.errors import NotASet
from influx_pipelines.backups.record import NAME, load_record
from influx_pipelines_tests.backups import sample, seal


@pytest.fixture
def folder(tmp_path):
    folder = sample("2.9.1", tmp_path)
    seal(folder)
    return folder


def edit(folder, old, new):
    path = folder / NAME
    assert old in path.read_text()
    path.write_text(path.read_text().replace(old, new, 1))


def test_a_record_is_read_back_as_it_was_saved(folder):
    found = load_record(folder)
    found.save(folder)
    assert load_record(folder) == found
    assert found.sha256 is None


def test_a_changed_letter_of_a_record_is_noticed_anywhere(folder):
    edit(folder, '"server": "2.9.1"', '"server": "2.7.1"')
    with pytest.raises(NotASet, match="not as it was written"):
        load_record(folder)


def test_a_record_without_a_digest_of_its_own_is_believed(folder):
    edit(folder, f'"{own_digest(folder)}"', "null")
    assert load_record(folder) is not None


def own_digest(folder):
    return load_record(folder).own_digest()


def test_a_link_is_no_record(folder):
    (folder / NAME).rename(folder.parent / "elsewhere")
    (folder / NAME).symlink_to(folder.parent / "elsewhere")
    with pytest.raises(NotASet, match="symbolic link"):
        load_record(folder)
