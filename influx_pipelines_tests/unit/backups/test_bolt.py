from __future__ import annotations

import gzip
import random

import pytest

from influx_pipelines.backups.verify.bolt import Bolt
from influx_pipelines.backups.verify.damages import Broken, Finds
from influx_pipelines.backups.verify.metadata import BUCKETS, ORGS, read_metadata
from influx_pipelines_tests.backups import FOLDER, VERSIONS
from influx_pipelines_tests.damages.damage import flipped

PAGE = 4096
HOSTILE = (b"\xff" * 8, b"\x7f" + b"\xff" * 7, bytes(8), b"\1\0\0\0\0\0\0\0")


def content(version="2.9.1"):
    (path,) = (FOLDER / version).glob("*.bolt.gz")
    return gzip.decompress(path.read_bytes())


def damages(data):
    finds = Finds()
    try:
        read_metadata(Bolt(memoryview(data), finds).items(), finds)
    except Broken as error:
        return [str(error)]
    return [str(found) for found in finds.damages]


@pytest.mark.parametrize("version", VERSIONS)
def test_the_metadata_of_a_real_server_are_read(version):
    finds = Finds()
    found = read_metadata(Bolt(memoryview(content(version)), finds).items(), finds)
    assert finds.damages == []
    (org,) = found.objects[ORGS].values()
    assert org["name"] == "sample-org"
    by_name = {bucket["name"]: id for id, bucket in found.objects[BUCKETS].items()}
    (policy,) = found.policies[by_name["two-shards"]]
    assert [(group.id, group.start // 10**9, group.shards) for group in policy.groups] == [
        (1, 1577664000, (1,)),
        (2, 1578873600, (2,)),
    ]


def test_no_bytes_are_more_than_a_damage():
    """Bits flipped anywhere, and large and small numbers in the place of others."""
    good, source = content(), random.Random(9)
    for _ in range(300):
        at = source.randrange(len(good))
        damages(flipped(good, at, source.randrange(8)))
        damages(good[:at] + source.choice(HOSTILE) + good[at + 8 :])


@pytest.mark.parametrize(
    ("at", "says"),
    [
        (16, "page 0: is no bolt file"),
        (72, "page 0: the checksum of a page of meta is wrong"),
        (100, "page 0: there is something after the last element"),
        (PAGE + 8, "page 1: is no bolt file"),
        (14 * PAGE, "page 14: the page is not the one that its tree points to"),
        (14 * PAGE + 10, "page 14: a key or value is not where it should be"),
        (14 * PAGE + 12, "page 14: there is something after the last element"),
        (14 * PAGE + 24, "page 3: the page is in use and free"),
        (14 * PAGE + 65, "page 9: its keys are not in order"),
        (9 * PAGE + 16, "page 9: an element is of a kind that there is not"),
        (16 * PAGE + 16, "page 16: the list of free pages is not in order"),
    ],
)
def test_a_flipped_bit_of_the_structure_is_found(at, says):
    (found,) = damages(flipped(content(), at, 1))
    assert found.startswith(says)


def test_what_a_free_page_holds_does_not_matter():
    assert damages(flipped(content(), 15 * PAGE + 5)) == []


def test_a_name_that_leads_to_another_bucket_is_found():
    found = damages(
        content().replace(b"34e174bf4fa8b081deleted-range", b"34e174bf4fa8b081deleted-rangf")
    )
    assert any("bucketindexv1" in text for text in found)


def test_metadata_without_an_operator_would_open_the_server_to_everybody():
    empty = content().replace(b"authorizationsv1", b"authorizationsv0")
    assert any("there is no token in it" in text for text in damages(empty))
