"""Addresses come apart, and move, in a way that no table loses its name."""

from __future__ import annotations

import pytest

from checker.course import load
from checker.evidence.datasets.urls import address, moved_url, url_elsewhere, url_parts
from checker.facts.job import HttpRequest

COURSE = load().course


def request(url):
    scheme, _, rest = url.partition("://")
    host, _, path = rest.partition("/")
    return HttpRequest(scheme, host, "GET", f"/{path}", "", 200, 0.1)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        (
            "https://minio.lab.sspcloud.fr/jd/titanic/raw/train.csv",
            [("jd", "bucket"), ("titanic", "folder"), ("raw", "folder")],
        ),
        ("https://jd.minio.lab.sspcloud.fr/titanic/train.csv", [("jd", "bucket"), ("titanic", "folder")]),
        ("https://jd.s3.eu-west-3.amazonaws.com/train.csv", [("jd", "bucket")]),
        ("https://s3.amazonaws.com/jd/train.csv", [("jd", "bucket")]),
        ("https://example.org/train.csv", [("example.org", "host")]),
        ("https://minio.lab.sspcloud.fr/a%20b/train.csv", [("a b", "bucket")]),
    ],
)
def test_an_address_comes_apart(url, parts):
    assert list(url_parts(request(url), COURSE)) == parts


def test_an_address_has_no_query():
    assert (
        address(HttpRequest("https", "h", "GET", "/a%20b/train.csv", "X-Amz-Signature=1", 200, 0)) == "h/a b/train.csv"
    )


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("jdupont", "moved-jdupont"),
        ("titanic/raw", "moved-titanic/moved-raw"),
        ("titanic/raw/", "moved-titanic/moved-raw/"),
        ("./raw", "./moved-raw"),
        ("train.csv", "train_moved.csv"),
        ("train.csv.gz", "train_moved.csv.gz"),
        ("raw/train.csv", "moved-raw/train.csv"),
        ("s3://jd", "s3://moved-jd"),
        ("s3://jd/raw/train.csv", "s3://moved-jd/moved-raw/train.csv"),
        ("https://host/jd/raw/train.csv", "https://host/moved-jd/moved-raw/train.csv"),
        ("https://host/jd/raw/", "https://host/moved-jd/moved-raw/"),
        ("https://host/train.csv", "https://moved-host/train.csv"),
        ("https://host", "https://moved-host"),
        ("https://host/a/train.csv?X=1/2", "https://host/moved-a/train.csv?X=1/2"),
        ("minio.lab.sspcloud.fr", "moved-minio.lab.sspcloud.fr"),
        ("", ""),
    ],
)
def test_a_value_moves_elsewhere(value, expected):
    assert url_elsewhere(value, COURSE) == expected


def test_only_whole_steps_move():
    assert moved_url("s3://raw/rawdata/raw", {"raw"}) == "s3://moved-raw/rawdata/moved-raw"
