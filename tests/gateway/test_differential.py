"""The gateway beside a real S3 server: the same calls of the same libraries get the same answers.

The server is SeaweedFS, with the files where the gateway would have them. Where the two differ, :data:`BY_DESIGN`
says why the gateway does, and :data:`SEAWEED` where the server leaves Amazon's documentation; nothing else may.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from checker.sandbox.gateway.store import ServedFiles
from tests.gateway import clients
from tests.gateway.conftest import bound
from tests.gateway.seaweed import owner, server

pytestmark = pytest.mark.slow

ABSENT = "(absent)"
PACKED = ("train.csv.gz", "train.parquet")

BY_DESIGN: Mapping[str, str] = {
    "plain_bucket/*": "a link without the name of a file must not look like one to a program that speaks no S3",
    "plain_virtual_host/3/*": "likewise",
    "plain_lists/*prefix=d&delimiter=/*": "every folder holds the files, the root too: d begins data.csv before d/",
    "s3fs_glob/2*": "every folder exists: what begins no name of a file begins a folder",
    "s3fs_make_a_bucket/*": "every bucket exists",
    "boto_get_of_a_missing_bucket/*": "likewise",
    "boto_list_a_missing_bucket/*": "likewise",
}
SEAWEED: Mapping[str, str] = {
    "plain_ranges/bytes=9-3/*": "a range that is none is left out of account (RFC 9110, 14.2), not refused",
    "plain_ranges/bytes=x-y/*": "likewise",
    "plain_range_of_a_head/*": "HeadObject: Range is obeyed, 206",
    "plain_range_past_the_end_of_a_head/*": "HeadObject: likewise, 416",
    "plain_conditions/* no date/*": "a date that is none is no condition (RFC 9110, 13.1.3)",
    "plain_conditions/*/last-modified": "an answer 304 repeats what 200 would say of the validators",
    "plain_folder/1/*": "it has an object for each folder",
    "plain_folder/3/*": "likewise",
    "boto_head_folder_with_slash/*": "likewise",
    "plain_lists/*max-keys=5000*MaxKeys": "it says more than the 1000 that are the most",
    "plain_lists/*encoding-type=url*Prefix": "encoding-type applies to the prefix, too",
    "boto_list_accents/Prefix": "so that boto3 decodes what was never encoded",
    "boto_pages/*/Prefix": "likewise",
    "boto_pages_of_version_1/*": "likewise for the marker, so that its pages never end",
    "boto_head_bucket/BucketRegion": "HeadBucket: the region is told",
    "boto_virtual/2/BucketRegion": "likewise",
    "plain_writing/POST/*": "DeleteObjects without the right to is refused here for the whole bucket, as a policy does",
    "s3fs_remove/*": "likewise",
}


@dataclass(frozen=True)
class Both:
    """What each call came to, with the gateway and with the real server."""

    ours: Mapping[str, Any]
    real: Mapping[str, Any]


def run(url: str, folder: Path) -> Mapping[str, Any]:
    environment = {"PATH": os.defpath, "HOME": str(folder), "LANG": "C.UTF-8", "AWS_EC2_METADATA_DISABLED": "true"}
    line = [sys.executable, clients.__file__, url]
    done = subprocess.run(line, env=environment, capture_output=True, text=True, timeout=240, check=True)
    return json.loads(done.stdout)


def fill(url: str, store: ServedFiles) -> None:
    """Put the files of the gateway where it would have them."""
    client = owner(url)
    for bucket in ("open", "closed", "flat"):
        client.create_bucket(Bucket=bucket)
        for folder in ("",) if bucket == "flat" else clients.FOLDERS:
            for name in store.names():
                put(client, store, bucket, folder + name)
    for name in PACKED:
        put(client, store, "closed", f"p/{name}")


def put(client: Any, store: ServedFiles, bucket: str, key: str) -> None:
    file = store.find(key.rpartition("/")[2])
    assert file is not None
    client.put_object(Bucket=bucket, Key=key, Body=bytes(file.body), ContentType=file.media)


@pytest.fixture(scope="module")
def both(gateway, course_world, tmp_path_factory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("seaweed")
    with server(folder) as url:
        fill(url, ServedFiles(course_world))
        real = run(url, folder)
    with bound() as http, bound() as https, gateway.serve(course_world, http=http, https=https):
        yield Both(run(f"http://127.0.0.1:{http.getsockname()[1]}", folder), real)


def leaves(value: Any, path: str) -> Iterator[tuple[str, object]]:
    """Every single value of an answer, with its place in it."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            if key in ("accept-ranges", "content-length") and (value.get("status") != 200 or "xml" in value):
                continue  # of what is no object
            yield from leaves(one, f"{path}/{key}")
    elif isinstance(value, list):
        yield f"{path}/", len(value)
        for number, one in enumerate(value):
            yield from leaves(one, f"{path}/{number}")
    else:
        yield path, value


def differences(name: str, both: Both) -> dict[str, tuple[object, object]]:
    """Where the two answers to a call differ: the gateway's value, the real one's."""
    (ours, our), (real, other) = ((kind, one[name][kind]) for one in (both.ours, both.real) for kind in one[name])
    if ours != real:
        return {f"{name}/": (both.ours[name], both.real[name])}
    here, there = dict(leaves(our, name)), dict(leaves(other, name))
    return {
        path: (here.get(path, ABSENT), there.get(path, ABSENT))
        for path in here | there
        if here.get(path, ABSENT) != there.get(path, ABSENT)
    }


def explained(path: str) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in (*BY_DESIGN, *SEAWEED))


@pytest.mark.parametrize("name", clients.CALLS)
def test_it_answers_as_a_real_server_does(name, both):
    assert {path: values for path, values in differences(name, both).items() if not explained(path)} == {}


@pytest.mark.parametrize("pattern", [*BY_DESIGN, *SEAWEED])
def test_what_is_explained_does_differ(pattern, both):
    """An explanation that nothing needs any more would hide the next difference."""
    name = pattern.partition("/")[0]
    assert any(fnmatchcase(path, pattern) for path in differences(name, both))


@pytest.mark.parametrize("name", clients.CALLS)
def test_no_call_is_answered_by_a_fault(name, both):
    """Equal answers prove nothing where neither client came to its question."""
    for given in (both.ours[name], both.real[name]):
        kind = given.get("error", [""])[0]
        assert kind not in {
            "ImportError",
            "ModuleNotFoundError",
            "NameError",
            "TypeError",
            "AttributeError",
            "KeyError",
        }
        assert kind != "EndpointConnectionError"
