"""What the libraries of students say to a server of data, and what they make of its answers.

``python clients.py``: what each of :data:`CLIENTS` reads, inside of a network where every host is the gateway.
``python clients.py URL``: what each of :data:`CALLS` gets from the S3 server at that address, whose buckets hold what
:data:`FOLDERS` says. The variable ONLY or WITHOUT names some of them. The output is JSON:
``{"name": {"value": …} | {"error": …}}``, where an error is ``"Name: …"`` of a client, and of a call what
:func:`failure` gives.
"""

from __future__ import annotations

import _socket
import asyncio
import hashlib
import http.client
import io
import json
import os
import re
import socket
import subprocess
import sys
import urllib.request
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

if __name__ == "__main__":  # a test that imports this module looks for the names alone
    import aiohttp
    import boto3
    import pandas as pd
    import pyarrow.fs
    import pyarrow.parquet
    import requests
    import s3fs
    from botocore import UNSIGNED
    from botocore.config import Config

ENDPOINT = "https://minio.lab.sspcloud.fr"
PLACE = "lgaliana/diffusion/ensae"
FOLDERS = ("d/", "a/b/", "é x+y/")
"""The folders of the buckets ``open`` and ``closed`` that hold the files; the bucket ``flat`` has none."""
KEY, SECRET, REGION = "student", "secret", "us-east-1"
DOMAIN = "s3.localhost"
"""Where a bucket is part of the host's name."""


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def fetched(get: Callable[[str], object]) -> str:
    """The digest of the file that *get* writes under the name that it is given."""
    get("fetched.csv")
    content = Path("fetched.csv").read_bytes()
    Path("fetched.csv").unlink()
    return digest(content)


def body(client: Any, **place: str) -> str:
    return digest(client.get_object(**place)["Body"].read())


def paged(client: Any, method: str, prefix: str, size: int, **more: str) -> Iterable[dict[str, Any]]:
    return client.get_paginator(method).paginate(Prefix=prefix, PaginationConfig={"PageSize": size}, **more)


def keys(pages: Iterable[dict[str, Any]]) -> list[list[str]]:
    return [[one["Key"] for one in page["Contents"]] for page in pages]


# --- what students write, with the names of hosts


def s3fs_by_argument():
    with s3fs.S3FileSystem(client_kwargs={"endpoint_url": ENDPOINT}).open(f"{PLACE}/train.csv", "rb") as file:
        return pd.read_csv(file).shape


def s3fs_knows_what_exists():
    filesystem = s3fs.S3FileSystem(endpoint_url=ENDPOINT)
    return [filesystem.exists(path) for path in ("b/x/train.csv", "b/x", "b/x/none.csv", "b/x/none.csv/y", "b")]


def pandas_parquet_over_s3fs():
    read = pd.read_parquet(f"{PLACE}/train.parquet", filesystem=s3fs.S3FileSystem(endpoint_url=ENDPOINT))
    pd.testing.assert_frame_equal(read, pd.read_csv(f"s3://{PLACE}/train.csv"))
    return read.shape


def boto3_virtual():
    virtual = boto3.client("s3", config=Config(s3={"addressing_style": "virtual"}))
    listed = virtual.list_objects_v2(Bucket="bucket", Prefix="d/")
    return [listed["Name"], [one["Key"] for one in listed["Contents"]]]


def boto3_bucket():
    s3 = boto3.client("s3")
    s3.head_bucket(Bucket="bucket")
    return [s3.list_buckets()["Buckets"], s3.get_bucket_location(Bucket="bucket")["LocationConstraint"]]


def boto3_presigned():
    link = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "train.csv"})
    return digest(requests.get(link, timeout=20).content)


async def aiohttp_get() -> bytes:
    async with aiohttp.ClientSession() as session, session.get("https://example.org/train.csv") as answer:
        return await answer.read()


async def asyncio_streams() -> bytes:
    reader, writer = await asyncio.open_connection("example.org", 443, ssl=True)
    writer.write(b"GET /train.csv HTTP/1.0\r\nHost: example.org\r\n\r\n")
    content = (await reader.read()).partition(b"\r\n\r\n")[2]
    writer.close()
    return content


def http_client():
    connection = http.client.HTTPSConnection("example.org", timeout=20)
    connection.request("GET", "/train.csv")
    return digest(connection.getresponse().read())


def pyarrow_over_s3fs():
    over = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(s3fs.S3FileSystem(endpoint_url=ENDPOINT)))
    return digest(over.open_input_file(f"{PLACE}/train.csv").read())


def pyarrow_native():
    native = pyarrow.fs.S3FileSystem(
        endpoint_override="minio.lab.sspcloud.fr",
        tls_ca_file_path=os.environ["SSL_CERT_FILE"],
        connect_timeout=2,
        request_timeout=5,
        retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1),
    )
    return digest(native.open_input_file(f"{PLACE}/train.csv").read())


def printed(*line: str) -> bytes:
    return subprocess.run(line, capture_output=True, check=True).stdout


def own_server():
    """What a program says to itself is its own business."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname(), 5)
        other, _ = server.accept()
        other.sendall(b"hello")
        return one.recv(5).decode()


async def own_asyncio_server() -> str:
    async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"hello")
        writer.close()

    server = await asyncio.start_server(greet, "localhost", 0)
    reader, _ = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
    return (await reader.read()).decode()


def socket_pair():
    one, other = socket.socketpair()
    one.sendall(b"hello")
    return other.recv(5).decode()


def begun(connection: socket.socket) -> str:
    """The beginning of an answer."""
    with connection:
        connection.sendall(b"GET /train.csv HTTP/1.0\r\nHost: h\r\n\r\n")
        return connection.recv(12).decode()


def address_of_version_6():
    connection = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    connection.connect(("2001:db8::1", 80))
    return begun(connection)


CLIENTS: dict[str, Callable[[], object]] = {
    "s3fs_by_argument": s3fs_by_argument,
    "s3fs_by_variable": lambda: digest(s3fs.S3FileSystem().cat(f"{PLACE}/train.csv")),
    "s3fs_as_in_the_statement": lambda: s3fs.S3FileSystem(
        client_kwargs={"endpoint_url": "https://" + os.environ["AWS_S3_ENDPOINT"]}
    ).ls(PLACE),
    "s3fs_anonymous": lambda: digest(s3fs.S3FileSystem(anon=True, endpoint_url=ENDPOINT).cat(f"{PLACE}/train.csv")),
    "s3fs_knows_what_exists": s3fs_knows_what_exists,
    "s3fs_glob": lambda: s3fs.S3FileSystem(endpoint_url=ENDPOINT).glob("b/x/t*.csv"),
    "s3fs_download": lambda: fetched(
        lambda name: s3fs.S3FileSystem(endpoint_url=ENDPOINT).get(f"{PLACE}/train.csv", name)
    ),
    "s3fs_missing": lambda: s3fs.S3FileSystem(endpoint_url=ENDPOINT).open("b/x/none.csv").read(),
    "s3fs_write": lambda: s3fs.S3FileSystem(endpoint_url=ENDPOINT).pipe("b/x/new.csv", b"x"),
    "pandas_https": lambda: pd.read_csv(f"{ENDPOINT}/{PLACE}/train.csv").shape,
    "pandas_https_compressed": lambda: pd.read_csv(f"{ENDPOINT}/{PLACE}/train.csv.gz").shape,
    "pandas_https_missing": lambda: pd.read_csv(f"{ENDPOINT}/{PLACE}/titanic.csv").shape,
    "pandas_s3": lambda: pd.read_csv(f"s3://{PLACE}/test.csv").shape,
    "pandas_s3_with_options": lambda: (
        pd.read_csv(f"s3://{PLACE}/test.csv", storage_options={"client_kwargs": {"endpoint_url": ENDPOINT}}).shape
    ),
    "pandas_parquet_over_s3fs": pandas_parquet_over_s3fs,
    "pandas_parquet_https": lambda: pd.read_parquet(f"{ENDPOINT}/{PLACE}/train.parquet").shape,
    "pandas_write": lambda: pd.DataFrame({"a": [1]}).to_csv(f"s3://{PLACE}/new.csv"),
    "requests_https": lambda: digest(
        requests.get("https://raw.githubusercontent.com/owner/repo/main/train.csv", timeout=20).content
    ),
    "requests_http": lambda: digest(requests.get("http://example.org/train.csv", timeout=20).content),
    "urllib_https": lambda: digest(urllib.request.urlopen("https://example.org/data/train.csv", timeout=20).read()),
    "urllib_retrieve": lambda: fetched(
        lambda name: urllib.request.urlretrieve("https://example.org/data/train.csv", name)
    ),
    "boto3_get": lambda: body(boto3.client("s3"), Bucket="bucket", Key="d/train.csv"),
    "boto3_amazon": lambda: body(
        boto3.client("s3", endpoint_url="https://s3.eu-west-3.amazonaws.com"), Bucket="bucket", Key="d/train.csv"
    ),
    "boto3_virtual": boto3_virtual,
    "boto3_anonymous": lambda: body(
        boto3.client("s3", config=Config(signature_version=UNSIGNED)), Bucket="bucket", Key="train.csv"
    ),
    "boto3_pages": lambda: [*chain(*keys(paged(boto3.client("s3"), "list_objects_v2", "é x/", 1, Bucket="bucket")))],
    "boto3_pages_of_version_1": lambda: [
        *chain(*keys(paged(boto3.client("s3"), "list_objects", "é x/", 1, Bucket="bucket")))
    ],
    "boto3_download": lambda: fetched(lambda name: boto3.client("s3").download_file("bucket", "d/train.csv", name)),
    "boto3_resource": lambda: sorted(
        one.key for one in boto3.resource("s3").Bucket("bucket").objects.filter(Prefix="d/")
    ),
    "boto3_bucket": boto3_bucket,
    "boto3_missing": lambda: boto3.client("s3").get_object(Bucket="bucket", Key="none.csv"),
    "boto3_write": lambda: boto3.client("s3").put_object(Bucket="bucket", Key="new.csv", Body=b"x" * 3_000_000),
    "boto3_presigned": boto3_presigned,
    "aiohttp_get": lambda: digest(asyncio.run(aiohttp_get())),
    "asyncio_streams": lambda: digest(asyncio.run(asyncio_streams())),
    "http_client": http_client,
    "pyarrow_over_s3fs": pyarrow_over_s3fs,
    "pyarrow_native": pyarrow_native,
    "a_child_of_python": lambda: int(
        printed(
            sys.executable,
            "-c",
            "import urllib.request as u; print(len(u.urlopen('https://example.org/train.csv', timeout=20).read()))",
        )
    ),
    "curl": lambda: digest(printed("curl", "-sSf", "https://example.org/train.csv")),
    "own_server": own_server,
    "own_asyncio_server": lambda: asyncio.run(own_asyncio_server()),
    "socket_pair": socket_pair,
    "another_port": lambda: str(socket.create_connection(("127.0.0.1", 9), 5)),
    "another_port_of_a_host": lambda: str(socket.create_connection(("example.org", 8443), 5)),
    "another_port_by_number": lambda: socket.socket().connect_ex(("127.0.0.1", 9)),
    "datagram": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("198.51.100.1", 443)),
    "datagram_sent": lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("198.51.100.1", 5353)),
    "below_the_patches": lambda: str(
        _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect(("198.51.100.1", 443))
    ),
    "names_below_the_patches": lambda: _socket.getaddrinfo("example.org", 443),
    "names": lambda: [socket.gethostbyname("example.org"), socket.gethostbyname_ex("example.org")[2]],
    "name_that_cannot_be": lambda: socket.getaddrinfo("a" * 70 + ".org", 443),
    "address_of_version_6": address_of_version_6,
    "address": lambda: begun(socket.create_connection(("198.51.100.1", 80), 5)),
}


# --- plain http, where every byte of an answer can be seen

SHOWN = (
    "accept-ranges",
    "content-length",
    "content-range",
    "content-type",
    "etag",
    "last-modified",
    "x-amz-bucket-region",
)


def plain(url: str, method: str, target: str, sent: bytes | None = None, **headers: str) -> dict[str, object]:
    """One answer: what depends on the moment or the server's name is replaced by its form."""
    place = urlsplit(url)
    connection = http.client.HTTPConnection(place.hostname or "", place.port, timeout=30)
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, target, sent, {"Host": place.netloc} | given)
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    seen: dict[str, object] = {"status": answer.status}
    seen |= {name: formed(name, value) for name in SHOWN if (value := answer.getheader(name)) is not None}
    if content.startswith(b"<?xml"):
        seen["xml"] = document(content)
        seen.pop("content-length", None)
    else:
        seen["body"] = digest(content)
    return seen


def formed(name: str, value: str) -> str:
    if name == "last-modified":
        return re.sub(r"\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", "DATE", value)
    return value


def document(content: bytes) -> object:
    """An answer in XML as values by tag, without what is of the moment or free to a server."""
    root = ET.fromstring(content)
    return {root.tag.rpartition("}")[2]: written(root)}


def written(element: ET.Element) -> object:
    if not len(element):
        return element.text or ""
    values: dict[str, Any] = {}
    for one in element:
        tag = one.tag.rpartition("}")[2]
        if tag in ("Contents", "CommonPrefixes"):
            values.setdefault(tag, []).append(written(one))
        elif tag in ("LastModified", "Owner", "NextContinuationToken", "ContinuationToken"):
            values[tag] = "…"
        elif tag not in ("RequestId", "HostId", "BucketName", "Message"):
            values[tag] = written(one)
    return values


def plain_ranges(url: str) -> object:
    wanted = (
        "bytes=0-0",
        "bytes=10-99",
        "bytes=61000-",
        "bytes=-20",
        "bytes=0-99999999",
        "bytes=-99999999",
        "bytes=99999999-",
        "bytes=-0",
        "bytes=9-3",
        "bytes=x-y",
        "bytes=",
        "lines=1-2",
        "bytes=0-1,4-5",
    )
    return {one: plain(url, "GET", "/open/d/train.csv", Range=one) for one in wanted}


def plain_conditions(url: str) -> object:
    tag = str(plain(url, "HEAD", "/open/d/train.csv")["etag"])
    past, future = "Mon, 01 Jan 2001 00:00:00 GMT", "Fri, 01 Jan 2100 00:00:00 GMT"
    asked: dict[str, dict[str, str]] = {
        "same": {"If_None_Match": tag},
        "same, unquoted": {"If_None_Match": tag.strip('"')},
        "another": {"If_None_Match": '"0"'},
        "any": {"If_None_Match": "*"},
        "one of several": {"If_None_Match": f'"0", {tag}'},
        "match": {"If_Match": tag},
        "match, unquoted": {"If_Match": tag.strip('"')},
        "match any": {"If_Match": "*"},
        "no match": {"If_Match": '"0"'},
        "modified since long ago": {"If_Modified_Since": past},
        "modified in the future": {"If_Modified_Since": future},
        "unmodified since long ago": {"If_Unmodified_Since": past},
        "unmodified in the future": {"If_Unmodified_Since": future},
        "no date": {"If_Modified_Since": "yesterday"},
        "another, and not modified": {"If_None_Match": '"0"', "If_Modified_Since": future},
        "match, and modified": {"If_Match": tag, "If_Unmodified_Since": past},
    }
    return {
        f"{method} {name}": plain(url, method, "/open/d/train.csv", **headers)
        for name, headers in asked.items()
        for method in ("GET", "HEAD")
    }


def plain_quoted_keys(url: str) -> object:
    keys = ("%C3%A9%20x%2By/train.csv", "%c3%a9%20x%2by%2Ftrain.csv", "%C3%A9%20x+y/train.csv", "%64/train%2ecsv")
    return {key: plain(url, "GET", f"/open/{key}") for key in keys}


def plain_lists(url: str) -> object:
    queries = (
        "list-type=2&prefix=d/",
        "list-type=2&prefix=d/&delimiter=/",
        "list-type=2&prefix=d&delimiter=/",
        "list-type=2&prefix=d/t",
        "list-type=2&prefix=d/train.csv",
        "list-type=2&prefix=d/none.csv",
        "list-type=2&prefix=d/train.csv/&delimiter=/",
        "list-type=2&prefix=d/&max-keys=2",
        "list-type=2&prefix=d/&max-keys=0",
        "list-type=2&prefix=d/&max-keys=5000",
        "list-type=2&prefix=d/&max-keys=x",
        "list-type=2&prefix=d/&max-keys=-1",
        "list-type=2&prefix=d/&start-after=d/notes.txt",
        "list-type=2&prefix=d/&start-after=d/o",
        "list-type=2&prefix=d/&start-after=z",
        "list-type=2&prefix=d/&fetch-owner=true",
        "list-type=2&prefix=%C3%A9%20x%2By/",
        "list-type=2&prefix=%C3%A9%20x%2By/&encoding-type=url",
        "list-type=2&prefix=%C3%A9%20x%2By/&delimiter=/&encoding-type=url",
        "list-type=2&prefix=d/&encoding-type=x",
        "prefix=d/",
        "prefix=d/&delimiter=/",
        "prefix=d&delimiter=/",
        "prefix=d/none.csv",
        "prefix=d/&max-keys=2",
        "prefix=d/&max-keys=2&delimiter=/",
        "prefix=d/&marker=d/notes.txt",
        "prefix=d/&marker=d/notes.txt&max-keys=1&delimiter=/",
        "prefix=%C3%A9%20x%2By/&encoding-type=url",
    )
    return {query: plain(url, "GET", f"/open?{query}") for query in queries}


def plain_writing(url: str) -> object:
    return {
        "PUT": plain(url, "PUT", "/open/d/new.csv", b"x" * 100_000),
        "PUT to a file": plain(url, "PUT", "/open/d/train.csv", b"x"),
        "DELETE": plain(url, "DELETE", "/open/d/train.csv"),
        "POST": plain(url, "POST", "/open?delete", b"<Delete/>"),
        "POST uploads": plain(url, "POST", "/open/d/new.csv?uploads", b""),
        "PUT a bucket": plain(url, "PUT", "/fresh"),
        "DELETE a bucket": plain(url, "DELETE", "/open"),
    }


def plain_virtual_host(url: str) -> object:
    port = urlsplit(url).port
    host = f"open.{DOMAIN}:{port}"
    return [
        plain(url, "GET", "/d/train.csv", Host=host),
        plain(url, "HEAD", "/d/none.csv", Host=host),
        plain(url, "GET", "/?list-type=2&prefix=d/", Host=host),
        plain(url, "HEAD", "/", Host=host),
    ]


# --- boto3


def boto(url: str, *, key: str = KEY, secret: str = SECRET, style: str = "path", anonymous: bool = False) -> Any:
    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
        region_name=REGION,
        config=Config(
            s3={"addressing_style": style},
            retries={"max_attempts": 1},
            **({"signature_version": UNSIGNED} if anonymous else {}),
        ),
    )


def shown(answer: dict[str, Any]) -> dict[str, object]:
    """An answer of boto3 without what is of the moment."""
    kept: dict[str, object] = {}
    for name, value in sorted(answer.items()):
        if name == "ResponseMetadata":
            kept["status"] = value["HTTPStatusCode"]
        elif name == "Body":
            kept[name] = digest(value.read())
        elif name in ("LastModified", "NextContinuationToken", "ContinuationToken", "CreationDate", "Owner"):
            kept[name] = type(value).__name__
        elif name in ("Contents", "CommonPrefixes", "Buckets"):
            kept[name] = [shown(one) for one in value]
        else:
            kept[name] = value
    return kept


def boto_download(url: str) -> object:
    target = io.BytesIO()
    boto(url).download_fileobj("closed", "d/train.csv", target)
    return digest(target.getvalue())


def virtual(url: str) -> Any:
    return boto(f"http://{DOMAIN}:{urlsplit(url).port}", style="virtual")


def boto_virtual(url: str) -> object:
    client = virtual(url)
    return [
        shown(client.get_object(Bucket="closed", Key="é x+y/train.csv")),
        shown(client.list_objects_v2(Bucket="closed", Prefix="d/")),
        shown(client.head_bucket(Bucket="closed")),
    ]


def boto_presigned(url: str) -> object:
    link = boto(url).generate_presigned_url("get_object", Params={"Bucket": "closed", "Key": "é x+y/train.csv"})
    return plain(url, "GET", link.removeprefix(url))


# --- s3fs and pandas


def options(url: str) -> dict[str, Any]:
    return {"key": KEY, "secret": SECRET, "endpoint_url": url, "client_kwargs": {"region_name": REGION}}


def files(url: str) -> Any:
    return s3fs.S3FileSystem(**options(url), skip_instance_cache=True, use_listings_cache=False)


def described(info: dict[str, Any]) -> dict[str, object]:
    kept = ("name", "Key", "type", "size", "Size", "StorageClass", "ContentType", "ETag", "VersionId")
    return {name: info[name] for name in kept if name in info}


def s3fs_read(url: str) -> object:
    with files(url).open("closed/d/train.csv", "rb") as file:
        return digest(file.read())


def s3fs_read_parts(url: str) -> object:
    with files(url).open("closed/d/train.csv", "rb", block_size=5_000) as file:
        file.seek(60_000)
        end = file.read()
        file.seek(100)
        return [digest(end), digest(file.read(50)), file.tell(), file.size]


def s3fs_read_text(url: str) -> object:
    with files(url).open("closed/é x+y/train.csv", encoding="utf-8") as file:
        return file.readline()


def s3fs_cat(url: str) -> object:
    some = files(url).cat(["closed/d/train.csv", "closed/d/test.csv"])
    return {name: digest(content) for name, content in some.items()}


def s3fs_cat_parts(url: str) -> object:
    s3 = files(url)
    return [
        digest(s3.cat_file("closed/d/train.csv", start=start, end=end))
        for start, end in ((0, 10), (5, None), (-20, None), (None, -20), (0, 99_999_999))
    ]


def s3fs_exists(url: str) -> object:
    names = ("closed", "closed/d", "closed/d/", "closed/d/train.csv", "closed/d/none.csv", "closed/d/train.csv/x")
    return {name: files(url).exists(name) for name in names}


def s3fs_kinds(url: str) -> object:
    s3 = files(url)
    return {
        name: [s3.isfile(name), s3.isdir(name)]
        for name in ("closed", "closed/d", "closed/d/train.csv", "closed/d/none.csv")
    }


def s3fs_glob(url: str) -> object:
    return [
        files(url).glob(name) for name in ("closed/d/t*.csv", "closed/a/b/*", "closed/d/none*", "closed/d/*.{csv,txt}")
    ]


# --- pyarrow, whose client is Amazon's own in C++


def arrow(url: str, **more: Any) -> Any:
    given: dict[str, Any] = more or {"access_key": KEY, "secret_key": SECRET}
    return pyarrow.fs.S3FileSystem(
        endpoint_override=urlsplit(url).netloc,
        scheme="http",
        region=REGION,
        retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1),
        **given,
    )


def arrow_read(url: str) -> object:
    with arrow(url).open_input_stream("closed/é x+y/train.csv") as file:
        return digest(file.read())


def arrow_read_parts(url: str) -> object:
    with arrow(url).open_input_file("closed/d/train.csv") as file:
        return [file.size(), digest(file.read_at(50, 100)), digest(file.read_at(99_999, 61_000))]


def arrow_read_parquet(url: str) -> object:
    read = pyarrow.parquet.read_table("closed/p/train.parquet", filesystem=arrow(url), columns=["Name", "Age"])
    return [read.shape, str(read.schema)]


def arrow_kinds(url: str) -> object:
    names = ["closed", "closed/d", "closed/d/", "closed/d/train.csv", "closed/d/none.csv", "closed/d/train.csv/x"]
    return [[name, str(arrow(url).get_file_info(name).type), arrow(url).get_file_info(name).size] for name in names]


def arrow_list(url: str) -> object:
    found = arrow(url).get_file_info(pyarrow.fs.FileSelector("closed/a/b", recursive=True))
    return sorted([one.path, str(one.type), one.size] for one in found)


def arrow_write(url: str) -> object:
    with arrow(url).open_output_stream("closed/d/new.csv") as file:
        return file.write(b"x")


# --- DuckDB, whose client is its own


def duck(url: str, query: str) -> list[Any]:
    import duckdb
    import duckdb_extension_httpfs

    with duckdb.connect(config={"autoinstall_known_extensions": False, "autoload_known_extensions": False}) as one:
        folder = duckdb_extension_httpfs.__path__[0]
        one.execute(f"LOAD '{folder}/extensions/v{duckdb.__version__}/httpfs.duckdb_extension'")
        one.execute("SET http_retries = 0")
        one.execute(
            f"CREATE SECRET (TYPE s3, KEY_ID '{KEY}', SECRET '{SECRET}', REGION '{REGION}',"
            f" ENDPOINT '{urlsplit(url).netloc}', URL_STYLE 'path', USE_SSL false)"
        )
        return one.execute(query).fetchall()


CALLS: dict[str, Callable[[str], object]] = {
    "plain_get": lambda url: plain(url, "GET", "/open/d/train.csv"),
    "plain_head": lambda url: plain(url, "HEAD", "/open/d/train.csv"),
    "plain_missing": lambda url: plain(url, "GET", "/open/d/none.csv"),
    "plain_missing_head": lambda url: plain(url, "HEAD", "/open/d/none.csv"),
    "plain_ranges": plain_ranges,
    "plain_range_of_a_head": lambda url: plain(url, "HEAD", "/open/d/train.csv", Range="bytes=10-99"),
    "plain_range_past_the_end_of_a_head": lambda url: plain(url, "HEAD", "/open/d/train.csv", Range="bytes=99999999-"),
    "plain_conditions": plain_conditions,
    "plain_range_with_a_condition": lambda url: [
        plain(url, "GET", "/open/d/train.csv", Range="bytes=0-9", If_Match='"0"'),
        plain(url, "GET", "/open/d/train.csv", Range="bytes=0-9", If_None_Match='"0"'),
    ],
    "plain_quoted_keys": plain_quoted_keys,
    "plain_answer_in_another_type": lambda url: plain(url, "GET", "/open/d/train.csv?x-id=GetObject"),
    "plain_folder": lambda url: [
        plain(url, method, f"/open/d{slash}") for method in ("GET", "HEAD") for slash in ("", "/")
    ],
    "plain_bucket": lambda url: [plain(url, "HEAD", f"/open{slash}") for slash in ("", "/")],
    "plain_lists": plain_lists,
    "plain_writing": plain_writing,
    "plain_virtual_host": plain_virtual_host,
    "boto_get": lambda url: shown(boto(url).get_object(Bucket="closed", Key="d/train.csv")),
    "boto_get_part": lambda url: shown(boto(url).get_object(Bucket="closed", Key="d/train.csv", Range="bytes=7-19")),
    "boto_get_past_the_end": lambda url: boto(url).get_object(
        Bucket="closed", Key="d/train.csv", Range="bytes=99999999-"
    ),
    "boto_get_accents": lambda url: shown(boto(url).get_object(Bucket="closed", Key="é x+y/train.csv")),
    "boto_get_unchanged": lambda url: boto(url).get_object(
        Bucket="closed",
        Key="d/train.csv",
        IfNoneMatch=boto(url).head_object(Bucket="closed", Key="d/train.csv")["ETag"],
    ),
    "boto_get_changed": lambda url: boto(url).get_object(Bucket="closed", Key="d/train.csv", IfMatch='"0"'),
    "boto_get_missing": lambda url: boto(url).get_object(Bucket="closed", Key="d/none.csv"),
    "boto_get_of_a_missing_bucket": lambda url: boto(url).get_object(Bucket="nowhere", Key="d/none.csv"),
    "boto_list_a_missing_bucket": lambda url: shown(boto(url).list_objects_v2(Bucket="nowhere", Prefix="d/")),
    "boto_head": lambda url: shown(boto(url).head_object(Bucket="closed", Key="d/train.csv")),
    "boto_head_missing": lambda url: boto(url).head_object(Bucket="closed", Key="d/none.csv"),
    "boto_head_folder": lambda url: boto(url).head_object(Bucket="closed", Key="d"),
    "boto_head_folder_with_slash": lambda url: boto(url).head_object(Bucket="closed", Key="d/"),
    "boto_head_bucket": lambda url: shown(boto(url).head_bucket(Bucket="closed")),
    "boto_location": lambda url: shown(boto(url).get_bucket_location(Bucket="closed")),
    "boto_buckets": lambda url: sorted(shown(boto(url).list_buckets())),
    "boto_list": lambda url: shown(boto(url).list_objects_v2(Bucket="closed", Prefix="d/")),
    "boto_list_of_version_1": lambda url: shown(boto(url).list_objects(Bucket="closed", Prefix="d/")),
    "boto_list_a_flat_bucket": lambda url: shown(boto(url).list_objects_v2(Bucket="flat")),
    "boto_list_a_flat_bucket_by_folders": lambda url: shown(boto(url).list_objects_v2(Bucket="flat", Delimiter="/")),
    "boto_list_accents": lambda url: shown(boto(url).list_objects_v2(Bucket="closed", Prefix="é x+y/", Delimiter="/")),
    "boto_list_nothing": lambda url: shown(boto(url).list_objects_v2(Bucket="closed", Prefix="d/none.csv")),
    "boto_pages": lambda url: [
        shown(page) for page in paged(boto(url), "list_objects_v2", "é x+y/", 2, Bucket="closed")
    ],
    "boto_pages_of_version_1": lambda url: keys(paged(boto(url), "list_objects", "é x+y/", 2, Bucket="closed")),
    "boto_pages_by_folders": lambda url: keys(
        paged(boto(url), "list_objects_v2", "d/", 1, Bucket="closed", Delimiter="/")
    ),
    "boto_download": boto_download,
    "boto_virtual": boto_virtual,
    "boto_virtual_missing": lambda url: virtual(url).get_object(Bucket="closed", Key="d/none.csv"),
    "boto_anonymous": lambda url: shown(boto(url, anonymous=True).get_object(Bucket="open", Key="d/train.csv")),
    "boto_presigned": boto_presigned,
    "boto_write": lambda url: boto(url).put_object(Bucket="closed", Key="d/new.csv", Body=b"x" * 100_000),
    "boto_write_in_parts": lambda url: boto(url).create_multipart_upload(Bucket="closed", Key="d/new.csv"),
    "boto_delete": lambda url: boto(url).delete_object(Bucket="closed", Key="d/train.csv"),
    "boto_make_a_bucket": lambda url: boto(url).create_bucket(Bucket="fresh"),
    "s3fs_read": s3fs_read,
    "s3fs_read_parts": s3fs_read_parts,
    "s3fs_read_text": s3fs_read_text,
    "s3fs_cat": s3fs_cat,
    "s3fs_cat_parts": s3fs_cat_parts,
    "s3fs_head_tail": lambda url: [
        digest(files(url).head("closed/d/train.csv", 99)),
        digest(files(url).tail("closed/d/train.csv", 99)),
    ],
    "s3fs_missing": lambda url: files(url).open("closed/d/none.csv").read(),
    "s3fs_cat_missing": lambda url: files(url).cat_file("closed/d/none.csv"),
    "s3fs_exists": s3fs_exists,
    "s3fs_kinds": s3fs_kinds,
    "s3fs_info": lambda url: [
        described(files(url).info(name)) for name in ("closed/d/train.csv", "closed/d", "closed/é x+y/train.csv")
    ],
    "s3fs_info_missing": lambda url: files(url).info("closed/d/none.csv"),
    "s3fs_list": lambda url: [
        files(url).ls(name) for name in ("closed/d", "closed/d/", "closed/d/train.csv", "closed/é x+y", "flat")
    ],
    "s3fs_list_in_detail": lambda url: [described(one) for one in files(url).ls("closed/d", detail=True)],
    "s3fs_list_missing": lambda url: files(url).ls("closed/d/none.csv"),
    "s3fs_find": lambda url: [
        files(url).find("closed/d"),
        files(url).find("closed/d/train.csv"),
        files(url).find("closed/d/none.csv"),
    ],
    "s3fs_glob": s3fs_glob,
    "s3fs_walk": lambda url: [
        [top, sorted(folders), sorted(names)] for top, folders, names in files(url).walk("closed/a/b")
    ],
    "s3fs_size": lambda url: [files(url).size("closed/d/train.csv"), files(url).du("closed/d")],
    "s3fs_checksum": lambda url: files(url).checksum("closed/d/train.csv"),
    "s3fs_anonymous": lambda url: digest(s3fs.S3FileSystem(anon=True, endpoint_url=url).cat("open/d/train.csv")),
    "s3fs_write": lambda url: files(url).pipe("closed/d/new.csv", b"x"),
    "s3fs_remove": lambda url: files(url).rm("closed/d/train.csv"),
    "s3fs_make_a_bucket": lambda url: files(url).mkdir("fresh"),
    "pandas_read": lambda url: pd.read_csv("s3://closed/d/train.csv", storage_options=options(url)).to_csv(),
    "pandas_read_accents": lambda url: pd.read_csv("s3://closed/é x+y/train.csv", storage_options=options(url)).shape,
    "pandas_read_compressed": lambda url: pd.read_csv("s3://closed/p/train.csv.gz", storage_options=options(url)).shape,
    "pandas_read_parquet": lambda url: pd.read_parquet(
        "s3://closed/p/train.parquet", storage_options=options(url)
    ).to_csv(),
    "pandas_read_link": lambda url: pd.read_csv(f"{url}/open/d/train.csv").shape,
    "pandas_missing": lambda url: pd.read_csv("s3://closed/d/none.csv", storage_options=options(url)),
    "pandas_missing_link": lambda url: pd.read_csv(f"{url}/open/d/none.csv"),
    "pandas_write": lambda url: pd.DataFrame({"a": [1]}).to_csv("s3://closed/d/new.csv", storage_options=options(url)),
    "arrow_read": arrow_read,
    "arrow_read_parts": arrow_read_parts,
    "arrow_read_parquet": arrow_read_parquet,
    "arrow_kinds": arrow_kinds,
    "arrow_list": arrow_list,
    "arrow_missing": lambda url: arrow(url).open_input_file("closed/d/none.csv"),
    "arrow_list_missing": lambda url: arrow(url).get_file_info(pyarrow.fs.FileSelector("closed/d/none.csv")),
    "arrow_anonymous": lambda url: digest(arrow(url, anonymous=True).open_input_stream("open/d/train.csv").read()),
    "arrow_write": arrow_write,
    "duck_read": lambda url: duck(
        url, "SELECT count(*), round(sum(Fare), 2), min(Name) FROM read_csv('s3://closed/d/train.csv')"
    ),
    "duck_read_accents": lambda url: duck(url, "SELECT count(*) FROM read_csv('s3://closed/é x+y/train.csv')"),
    "duck_read_parquet": lambda url: duck(
        url, "SELECT count(*), round(sum(Fare), 2) FROM 's3://closed/p/train.parquet' WHERE Pclass = 1"
    ),
    "duck_read_compressed": lambda url: duck(url, "SELECT count(*) FROM read_csv('s3://closed/p/train.csv.gz')"),
    "duck_read_link": lambda url: duck(url, f"SELECT count(*) FROM read_csv('{url}/open/d/train.csv')"),
    "duck_glob": lambda url: sorted(duck(url, "SELECT file FROM glob('s3://closed/d/t*.csv')")),
    "duck_missing": lambda url: duck(url, "SELECT * FROM read_csv('s3://closed/d/none.csv')"),
    "duck_write": lambda url: duck(url, "COPY (SELECT 1) TO 's3://closed/d/new.csv'"),
}


def failure(error: BaseException, url: str) -> list[object]:
    """The type of an exception and what a program could tell it by."""
    given = getattr(error, "response", None)
    if isinstance(given, dict):
        return [
            type(error).__name__,
            given.get("Error", {}).get("Code"),
            given.get("ResponseMetadata", {}).get("HTTPStatusCode"),
            error.operation_name,  # type: ignore[attr-defined]
        ]
    said = str(error).replace(url, "URL").replace(urlsplit(url).netloc, "HOST").replace("Denied.", "Denied")
    return [
        type(error).__name__,
        getattr(error, "errno", None),
        re.sub(r"(?i)(request ?id|host ?id).*", "", said)[:300],
    ]


def lead_home() -> None:
    """Every name that ends in :data:`DOMAIN` is this machine."""
    asked = socket.getaddrinfo

    def answered(host: Any, *more: Any, **named: Any) -> Any:
        return asked("127.0.0.1" if str(host).endswith(DOMAIN) else host, *more, **named)

    socket.getaddrinfo = answered


def outcome(function: Callable[..., object], *url: str) -> dict[str, object]:
    try:
        return {"value": function(*url)}
    except Exception as error:  # noqa: BLE001 - what it says is the result
        return {"error": failure(error, *url) if url else f"{type(error).__name__}: {error}"}


def main(*url: str) -> None:
    if url:
        lead_home()
    table = CALLS if url else CLIENTS
    wanted = os.environ.get("ONLY", "").split() or table.keys() - os.environ.get("WITHOUT", "").split()
    given = {name: outcome(function, *url) for name, function in table.items() if name in wanted}
    json.dump(given, sys.stdout, default=lambda one: type(one).__name__)


if __name__ == "__main__":
    main(*sys.argv[1:])
