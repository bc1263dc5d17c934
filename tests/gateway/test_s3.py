"""What the gateway answers, without a socket."""

from __future__ import annotations

import gzip
import io
import xml.etree.ElementTree as ET

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from checker.facts.job import ServedData
from checker.sandbox.gateway.s3 import S3Request, S3Response, s3_response
from checker.sandbox.gateway.store import ServedFiles

TRAIN = b"PassengerId,Survived,Cabin\n1,0,\n2,1,C85\n"
TEST = b"PassengerId,Cabin\n3,\n"
STORE = ServedFiles(ServedData({"train": TRAIN, "test": TEST}, {"model.bin": b"\x00\x01"}))
SPACE = "{http://s3.amazonaws.com/doc/2006-03-01/}"
SIGNED = {"authorization": "AWS4-HMAC-SHA256 Credential=x"}


def ask(
    path: str, *, host: str = "minio.lab.sspcloud.fr", method: str = "GET", query: str = "", **headers: str
) -> S3Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return s3_response(S3Request(host, method, path, query, named), STORE)


def code(given: S3Response) -> str | None:
    return ET.fromstring(bytes(given.body)).findtext("Code")


@pytest.mark.parametrize(
    "path",
    ["/train.csv", "/bucket/train.csv", "/b/a/long/folder/Train.CSV", "/b/train_raw.csv", "/b/training-set (2).csv"],
)
def test_a_table_is_found_in_any_folder_by_its_stem(path):
    assert ask(path).body == TRAIN


def test_the_longest_stem_counts():
    store = ServedFiles(ServedData({"t": b"a\n1\n", "train": TRAIN}))
    assert store.find("train2.csv").body == TRAIN
    assert store.find("tr.csv").body == b"a\n1\n"


def test_the_suffix_says_the_format():
    assert gzip.decompress(bytes(ask("/b/test.csv.gz").body)) == TEST
    read = pd.read_parquet(io.BytesIO(bytes(ask("/b/train.parquet").body)))
    pd.testing.assert_frame_equal(read, pd.read_csv(io.BytesIO(TRAIN)))


@pytest.mark.parametrize("path", ["/b/train.json", "/b/mytrain.csv", "/b/train", "/b/other.csv", "/", "/b/train.csv/"])
def test_all_else_is_not_found_and_named(path):
    given = ask(path, host="example.org")
    assert (given.status, code(given)) == (404, "NoSuchKey")


def test_what_is_not_found_names_its_key_as_s3_does():
    body = ET.fromstring(bytes(ask("/bucket/a/<none>.csv").body))
    assert (body.findtext("Key"), body.findtext("Resource")) == ("a/<none>.csv", "/bucket/a/<none>.csv")
    virtual = ET.fromstring(bytes(ask("/a/none.csv", host="bucket.s3.eu-west-3.amazonaws.com").body))
    assert virtual.findtext("Key") == "a/none.csv"


def test_an_answer_is_xml_whatever_was_asked():
    given = ask("/b/\x00\x1b[31m\ud800</Key>.csv")
    assert "\ufffd" in (ET.fromstring(bytes(given.body)).findtext("Key") or "")


def test_a_bucket_shows_its_list_only_to_clients_of_s3():
    """A link without the name of the file must not look like a table."""
    assert ask("/bucket").status == ask("/bucket/").status == 404
    assert ask("/bucket", **SIGNED).status == ask("/bucket", query="list-type=2").status == 200
    assert code(ask("/none.csv", **SIGNED)) == "NoSuchBucket"


def test_extra_files_are_served_as_they_are():
    assert ask("/x/y/model.bin").body == b"\x00\x01"
    assert ask("/x/y/MODEL.bin").status == 404


@pytest.mark.parametrize(
    ("wanted", "status", "body", "content_range"),
    [
        ("bytes=0-3", 206, TRAIN[:4], f"bytes 0-3/{len(TRAIN)}"),
        ("bytes=5-", 206, TRAIN[5:], f"bytes 5-{len(TRAIN) - 1}/{len(TRAIN)}"),
        ("bytes=-4", 206, TRAIN[-4:], f"bytes {len(TRAIN) - 4}-{len(TRAIN) - 1}/{len(TRAIN)}"),
        ("bytes=0-99999", 206, TRAIN, f"bytes 0-{len(TRAIN) - 1}/{len(TRAIN)}"),
        ("bytes=-99999", 206, TRAIN, f"bytes 0-{len(TRAIN) - 1}/{len(TRAIN)}"),
        (f"bytes={len(TRAIN)}-", 416, None, f"bytes */{len(TRAIN)}"),
        ("bytes=-0", 416, None, f"bytes */{len(TRAIN)}"),
        ("bytes=4-2", 200, TRAIN, None),
        ("bytes=-", 200, TRAIN, None),
        ("bytes=0-1,4-5", 200, TRAIN, None),
        ("bytes=" + "9" * 5000 + "-", 200, TRAIN, None),
        ("lines=1-2", 200, TRAIN, None),
    ],
)
def test_ranges(wanted, status, body, content_range):
    given = ask("/b/train.csv", range=wanted)
    assert given.status == status
    assert dict(given.headers).get("Content-Range") == content_range
    if body is None:
        assert code(given) == "InvalidRange"
    else:
        assert bytes(given.body) == body


def test_conditions():
    tag = dict(ask("/b/train.csv").headers)["ETag"]
    assert ask("/b/train.csv", if_none_match=tag).status == 304
    assert ask("/b/train.csv", if_none_match='W/"0", ' + tag).status == 304
    assert ask("/b/train.csv", if_none_match='"0"').status == 200
    assert ask("/b/train.csv", if_match=tag).status == 200
    assert code(ask("/b/train.csv", if_match='"0"')) == "PreconditionFailed"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"if_modified_since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
        ({"if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 304),
        ({"if_modified_since": "Mon, 15 Jan 2024 09:30:00 GMT"}, 304),
        ({"if_modified_since": "yesterday"}, 200),
        ({"if_unmodified_since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 412),
        ({"if_unmodified_since": "Mon, 15 Jan 2024 09:30:00 -0000"}, 200),
        ({"if_none_match": '"0"', "if_modified_since": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
        ({"if_match": "*", "if_unmodified_since": "Mon, 01 Jan 2001 00:00:00 GMT"}, 200),
    ],
)
def test_conditions_on_the_date(headers, status):
    assert ask("/b/train.csv", **headers).status == status


def test_what_has_not_changed_is_not_described_again():
    given = ask("/b/train.csv", if_none_match="*")
    assert sorted(name for name, _ in given.headers) == ["ETag", "Last-Modified"]


@given(st.text(max_size=60) | st.from_regex(r"\w{0,9},? ?\d{0,9} ?\w{0,5} \d{0,9} [\d:]{0,20} ?[-+A-Z\d]{0,12}"))
def test_no_date_breaks_it(date):
    assert ask("/b/train.csv", if_modified_since=date, if_unmodified_since=date).status in (200, 304, 412)


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH", "OPTIONS"])
def test_it_is_read_only(method):
    given = ask("/bucket/train.csv", method=method)
    assert (given.status, code(given)) == (403, "AccessDenied")


@pytest.mark.parametrize(
    ("status", "said"), [(403, "AccessDenied"), (503, "ServiceUnavailable"), (500, "InternalError")]
)
def test_a_world_that_refuses_refuses_everything(status, said):
    for path, method in (("/b/train.csv", "GET"), ("/b", "HEAD"), ("/none", "PUT")):
        given = s3_response(S3Request("h", method, path, "", {}), STORE, status)
        assert (given.status, code(given)) == (status, said)


def test_subresources_are_closed():
    assert code(ask("/b/train.csv", query="acl", **SIGNED)) == "AccessDenied"
    assert code(ask("/b", query="policy", **SIGNED)) == "AccessDenied"


def test_buckets():
    assert ask("/bucket", method="HEAD", **SIGNED).status == 200
    assert b"LocationConstraint" in ask("/bucket", query="location", **SIGNED).body
    assert b"ListAllMyBucketsResult" in ask("/", **SIGNED).body


def listing(query: str, path: str = "/bucket", **more: str) -> ET.Element:
    return ET.fromstring(bytes(ask(path, query=query, **more).body))


def keys(of: ET.Element) -> list[str | None]:
    return [one.text for one in of.iterfind(f"{SPACE}Contents/{SPACE}Key")]


def folders(of: ET.Element) -> list[str | None]:
    return [one.text for one in of.iterfind(f"{SPACE}CommonPrefixes/{SPACE}Prefix")]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("list-type=2&prefix=a/b/", ["a/b/model.bin", "a/b/test.csv", "a/b/train.csv"]),
        ("prefix=a/b/", ["a/b/model.bin", "a/b/test.csv", "a/b/train.csv"]),
        ("list-type=2", ["model.bin", "test.csv", "train.csv"]),
        ("list-type=2&prefix=a/tr", ["a/train.csv"]),
        ("list-type=2&prefix=a/train_raw.csv", ["a/train_raw.csv"]),
        ("list-type=2&prefix=a/train.csv/", []),
        ("list-type=2&prefix=a/none.csv", []),
        ("list-type=2&prefix=a/none.csv/&max-keys=1", []),
        ("list-type=2&prefix=v1.0/", ["v1.0/model.bin", "v1.0/test.csv", "v1.0/train.csv"]),
        ("list-type=2&prefix=raw", ["raw/model.bin", "raw/test.csv", "raw/train.csv"]),
    ],
)
def test_a_listing_shows_the_files_in_every_folder(query, found):
    assert keys(listing(query)) == found


def test_a_listing_shows_folders_where_it_is_told_how_they_end():
    shown = listing("list-type=2&prefix=raw&delimiter=/")
    assert (keys(shown), folders(shown)) == ([], ["raw/"])


def test_a_listing_in_the_style_of_virtual_hosts():
    shown = listing("list-type=2&prefix=d/", path="/", host="bucket.s3.amazonaws.com")
    assert shown.findtext(f"{SPACE}Name") == "bucket"
    assert keys(shown) == ["d/model.bin", "d/test.csv", "d/train.csv"]


def test_sizes_and_tags_of_a_listing_are_those_of_the_files():
    shown = listing("list-type=2&prefix=d/train")
    assert shown.findtext(f"{SPACE}Contents/{SPACE}Size") == str(len(TRAIN))
    assert shown.findtext(f"{SPACE}Contents/{SPACE}ETag") == dict(ask("/b/train.csv").headers)["ETag"]


def test_keys_are_quoted_where_the_client_asks_for_it():
    assert keys(listing("prefix=%C3%A9%20x/&encoding-type=url")) == [
        f"%C3%A9%20x/{name}" for name in ("model.bin", "test.csv", "train.csv")
    ]


@given(size=st.integers(1, 4), second=st.booleans(), folder=st.sampled_from(["", "a/", "é à/"]))
def test_pages_together_are_the_whole_listing(size, second, folder):
    found: list[str | None] = []
    after = ""
    for _ in range(5):
        version = f"list-type=2&continuation-token={after}" if second else f"marker={after}"
        page = listing(f"{version if after else ('list-type=2' if second else '')}&prefix={folder}&max-keys={size}")
        found += keys(page)
        assert len(keys(page)) <= size
        if page.findtext(f"{SPACE}IsTruncated") == "false":
            break
        after = page.findtext(SPACE + ("NextContinuationToken" if second else "NextMarker")) or ""
    assert found == [f"{folder}{name}" for name in ("model.bin", "test.csv", "train.csv")]


@pytest.mark.parametrize("number", ["-1", "x", "9" * 400, "٣", "1.5"])
def test_a_number_of_keys_that_is_none_is_refused(number):
    given = ask("/bucket", query=f"list-type=2&max-keys={number}")
    assert (given.status, code(given)) == (400, "InvalidArgument")


def test_an_owner_is_shown_by_the_first_version_and_on_request():
    shown = [listing(query).find(f"{SPACE}Contents/{SPACE}Owner") for query in ("prefix=d/", "list-type=2&prefix=d/")]
    assert [one is not None for one in shown] == [True, False]
    assert listing("list-type=2&prefix=d/&fetch-owner=true").find(f"{SPACE}Contents/{SPACE}Owner") is not None


def test_a_listing_repeats_where_it_began():
    assert listing("list-type=2&prefix=d/&start-after=d/n").findtext(f"{SPACE}StartAfter") == "d/n"


@pytest.mark.parametrize("path", ["/owner/repo/blob/main/train.csv", "/owner/repo/-/blob/main/train.csv"])
def test_the_page_of_a_file_on_a_forge_is_not_the_file(path):
    given = ask(path, host="github.com" if "/-/" not in path else "git.example.org")
    assert given.status == 200
    assert bytes(given.body).startswith(b"<!DOCTYPE html>")
    assert ask(path, host="github.com", query="raw=true").body == TRAIN


def test_a_raw_link_is_the_file():
    assert ask("/owner/repo/raw/main/train.csv", host="github.com").body == TRAIN
    assert ask("/owner/repo/main/data/train.csv", host="raw.githubusercontent.com").body == TRAIN


@given(st.text(max_size=60), st.text(max_size=60), st.sampled_from(["GET", "HEAD", "PUT"]), st.text(max_size=40))
def test_nothing_that_is_asked_breaks_it(host, path, method, query):
    given = s3_response(S3Request(host, method, path, query, {"range": query, "x-amz-date": "now"}), STORE)
    assert given.status in (200, 206, 304, 400, 403, 404, 412, 416)


@pytest.mark.parametrize(("status", "said"), [(403, "AccessDenied"), (404, "NoSuchKey"), (503, "ServiceUnavailable")])
def test_a_world_can_refuse_one_table(status, said):
    store = ServedFiles(ServedData({"train": TRAIN, "test": TEST}, refusals={"Test": status}))
    refused = s3_response(S3Request("h", "GET", "/b/test_raw.parquet", "", {}), store)
    assert (refused.status, code(refused)) == (status, said)
    assert s3_response(S3Request("h", "GET", "/b/train.csv", "", {}), store).body == TRAIN
    assert code(s3_response(S3Request("h", "GET", "/b/test.json", "", {}), store)) == "NoSuchKey"


class TestNamed:
    """Tables under a name that has to be that one as a whole."""

    STORE = ServedFiles(
        ServedData({"train": TRAIN}, named={"passagers": b"Nom;Age\na,b;1\nc;2\n", "train_old": b"a\n1\n"})
    )

    @pytest.mark.parametrize("name", ["passagers.csv", "Passagers.CSV"])
    def test_it_is_served_by_its_name(self, name):
        assert self.STORE.find(name).body == b"Nom;Age\na,b;1\nc;2\n"
        assert self.STORE.find("train_old.csv").body == b"a\n1\n"

    @pytest.mark.parametrize("name", ["passagers2.csv", "mes_passagers.csv", "passagers", "passagers.json"])
    def test_by_no_other(self, name):
        assert self.STORE.find(name) is None

    def test_in_each_format(self):
        assert gzip.decompress(self.STORE.find("passagers.csv.gz").body) == b"Nom;Age\na,b;1\nc;2\n"
        read = pd.read_parquet(io.BytesIO(self.STORE.find("passagers.parquet").body))
        assert (list(read.columns), read.shape) == (["Nom", "Age"], (2, 2))
        for name in ("passagers.zip", "passagers.csv.zip"):
            zipped = pd.read_csv(io.BytesIO(self.STORE.find(name).body), sep=";", compression="zip")
            assert list(zipped.columns) == ["Nom", "Age"]

    def test_it_is_listed(self):
        assert "passagers.csv" in self.STORE.names()
