"""Every damage is found, or does no harm: a restore brings back the same rows."""

from __future__ import annotations

import pytest

from influx_pipelines.backups.verify import verify
from influx_pipelines_tests.backups import VERSIONS, restored, sample, seal
from influx_pipelines_tests.damages import DAMAGES, OF_RECORD

EVERY = 6
FEW = [pytest.param(one, id=one.name) for one in DAMAGES[::EVERY]]
ALL = [pytest.param(one, id=one.name) for one in DAMAGES]
HIDDEN = [pytest.param(one, id=one.name) for one in DAMAGES if one.hidden]
RECORD = [pytest.param(one, id=one.name) for one in OF_RECORD]


def found_or_harmless(damage, version, tmp_path):
    folder = sample(version, tmp_path)
    rows = restored(folder)
    damage.do(folder)
    report = verify(folder)
    return not report.good or damage.hidden or restored(folder) == rows


def found_by_side_file(damage, version, tmp_path):
    folder = sample(version, tmp_path)
    seal(folder)
    damage.do(folder)
    return not verify(folder).good


def test_there_are_two_hundred_damages_and_more():
    assert len({damage.name for damage in DAMAGES}) == len(DAMAGES) >= 200


@pytest.mark.parametrize("damage", FEW)
def test_a_damage_is_found_or_harmless(damage, tmp_path):
    assert found_or_harmless(damage, "2.9.1", tmp_path)


@pytest.mark.parametrize("damage", HIDDEN)
def test_what_no_structure_tells_the_side_file_does(damage, tmp_path):
    assert verify_without(damage, tmp_path)
    assert found_by_side_file(damage, "2.9.1", tmp_path)


def verify_without(damage, tmp_path):
    folder = sample("2.7.12", tmp_path)
    damage.do(folder)
    return verify(folder).good


@pytest.mark.parametrize("damage", RECORD)
def test_a_damage_of_the_side_file_is_found(damage, tmp_path):
    assert found_by_side_file(damage, "2.9.1", tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("damage", ALL)
def test_each_damage_is_found_or_harmless(damage, version, tmp_path):
    assert found_or_harmless(damage, version, tmp_path)


@pytest.mark.proof
@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("damage", ALL)
def test_each_damage_is_found_with_a_side_file(damage, version, tmp_path):
    assert found_by_side_file(damage, version, tmp_path)
