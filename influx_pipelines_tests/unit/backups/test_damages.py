"""Every damage is found, or does no harm: a restore brings back the same rows."""

from __future__ import annotations

import pytest

from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import VERSIONS, restored, sample, seal
from influx_pipelines_tests.damages import DAMAGES, OF_RECORD

EVERY = 6  # of the damages in the short run
HIDDEN = [damage for damage in DAMAGES if damage.hidden]


def named(damages):
    return [pytest.param(damage, id=damage.name) for damage in damages]


def is_found(damage, version, folder, *, sealed):
    folder = sample(version, folder)
    if sealed:
        seal(folder)
    damage.do(folder)
    return not verify(folder).good


def is_found_or_harmless(damage, version, folder):
    before = restored(sample(version, folder / "before"))
    after = folder / "after"
    return is_found(damage, version, after, sealed=False) or (
        restored(after / f"set-{version}") == before
    )


def test_there_are_two_hundred_damages_and_more():
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES) >= 200


@pytest.mark.parametrize("damage", named(DAMAGES[::EVERY]))
def test_a_damage_is_found_or_harmless(damage, tmp_path):
    assert damage.hidden or is_found_or_harmless(damage, "2.9.1", tmp_path)


@pytest.mark.parametrize("damage", named(HIDDEN))
def test_what_no_structure_tells_the_side_file_does(damage, tmp_path):
    assert not is_found(damage, "2.7.12", tmp_path, sealed=False)
    assert is_found(damage, "2.9.1", tmp_path, sealed=True)


@pytest.mark.parametrize("damage", named(OF_RECORD))
def test_a_damage_of_the_side_file_is_found(damage, tmp_path):
    assert is_found(damage, "2.9.1", tmp_path, sealed=True)


@pytest.mark.proof
@pytest.mark.parametrize("version", VERSIONS)
def test_each_damage_is_found_or_harmless(version, tmp_path):
    missed = [
        damage.name
        for number, damage in enumerate(DAMAGES)
        if not (damage.hidden or is_found_or_harmless(damage, version, tmp_path / str(number)))
    ]
    assert missed == []


@pytest.mark.proof
@pytest.mark.parametrize("version", VERSIONS)
def test_each_damage_is_found_with_a_side_file(version, tmp_path):
    missed = [
        damage.name
        for number, damage in enumerate(DAMAGES)
        if not is_found(damage, version, tmp_path / str(number), sealed=True)
    ]
    assert missed == []
