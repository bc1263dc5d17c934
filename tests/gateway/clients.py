"""What students' programs read data with.

Run inside of a network: ``python clients.py RESULTS [HTTP HTTPS]``. The variable ONLY or WITHOUT names some of them.
Writes what each client gave to RESULTS (``-``: the output), as JSON: ``{"name": {"value": …} | {"error": "Name: …"}}``.
With two ports, the process is redirected to them first.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.util
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

ENDPOINT = "https://minio.lab.sspcloud.fr"
PLACE = "lgaliana/diffusion/ensae"

CLIENTS: dict[str, Callable[[], object]] = {}


def client(function: Callable[[], object]) -> Callable[[], object]:
    CLIENTS[function.__name__] = function
    return function


def digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@client
def s3fs_by_argument():
    import pandas as pd
    import s3fs

    with s3fs.S3FileSystem(client_kwargs={"endpoint_url": ENDPOINT}).open(f"{PLACE}/train.csv", "rb") as file:
        return pd.read_csv(file).shape


@client
def s3fs_by_variable():
    import s3fs

    return digest(s3fs.S3FileSystem().cat(f"{PLACE}/train.csv"))


@client
def s3fs_as_in_the_statement():
    import s3fs

    filesystem = s3fs.S3FileSystem(client_kwargs={"endpoint_url": "https://" + os.environ["AWS_S3_ENDPOINT"]})
    return filesystem.ls(PLACE)


@client
def s3fs_anonymous():
    import s3fs

    return digest(s3fs.S3FileSystem(anon=True, endpoint_url=ENDPOINT).cat(f"{PLACE}/train.csv"))


@client
def s3fs_knows_what_exists():
    import s3fs

    filesystem = s3fs.S3FileSystem(endpoint_url=ENDPOINT)
    return [filesystem.exists(path) for path in ("b/x/train.csv", "b/x", "b/x/none.csv", "b/x/none.csv/y", "b")]


@client
def s3fs_glob():
    import s3fs

    return s3fs.S3FileSystem(endpoint_url=ENDPOINT).glob("b/x/t*.csv")


@client
def s3fs_download():
    import s3fs

    s3fs.S3FileSystem(endpoint_url=ENDPOINT).get(f"{PLACE}/train.csv", "fetched.csv")
    return digest(Path("fetched.csv").read_bytes())


@client
def s3fs_missing():
    import s3fs

    return s3fs.S3FileSystem(endpoint_url=ENDPOINT).open("b/x/none.csv").read()


@client
def s3fs_write():
    import s3fs

    return s3fs.S3FileSystem(endpoint_url=ENDPOINT).pipe("b/x/new.csv", b"x")


@client
def pandas_https():
    import pandas as pd

    return pd.read_csv(f"{ENDPOINT}/{PLACE}/train.csv").shape


@client
def pandas_https_compressed():
    import pandas as pd

    return pd.read_csv(f"{ENDPOINT}/{PLACE}/train.csv.gz").shape


@client
def pandas_https_missing():
    import pandas as pd

    return pd.read_csv(f"{ENDPOINT}/{PLACE}/titanic.csv").shape


@client
def pandas_s3():
    import pandas as pd

    return pd.read_csv(f"s3://{PLACE}/test.csv").shape


@client
def pandas_s3_with_options():
    import pandas as pd

    options = {"client_kwargs": {"endpoint_url": ENDPOINT}}
    return pd.read_csv(f"s3://{PLACE}/test.csv", storage_options=options).shape


@client
def pandas_parquet_over_s3fs():
    import pandas as pd
    import s3fs

    filesystem = s3fs.S3FileSystem(endpoint_url=ENDPOINT)
    read = pd.read_parquet(f"{PLACE}/train.parquet", filesystem=filesystem)
    pd.testing.assert_frame_equal(read, pd.read_csv(f"s3://{PLACE}/train.csv"))
    return read.shape


@client
def pandas_parquet_https():
    import pandas as pd

    return pd.read_parquet(f"{ENDPOINT}/{PLACE}/train.parquet").shape


@client
def pandas_write():
    import pandas as pd

    return pd.DataFrame({"a": [1]}).to_csv(f"s3://{PLACE}/new.csv")


@client
def requests_https():
    import requests

    return digest(requests.get("https://raw.githubusercontent.com/owner/repo/main/train.csv", timeout=20).content)


@client
def requests_http():
    import requests

    return digest(requests.get("http://example.org/train.csv", timeout=20).content)


@client
def urllib_https():
    import urllib.request

    with urllib.request.urlopen("https://example.org/data/train.csv", timeout=20) as answer:
        return digest(answer.read())


@client
def urllib_retrieve():
    import urllib.request

    urllib.request.urlretrieve("https://example.org/data/train.csv", "retrieved.csv")
    return digest(Path("retrieved.csv").read_bytes())


@client
def boto3_get():
    import boto3

    return digest(boto3.client("s3").get_object(Bucket="bucket", Key="d/train.csv")["Body"].read())


@client
def boto3_amazon():
    import boto3

    amazon = boto3.client("s3", endpoint_url="https://s3.eu-west-3.amazonaws.com")
    return digest(amazon.get_object(Bucket="bucket", Key="d/train.csv")["Body"].read())


@client
def boto3_virtual():
    import boto3
    from botocore.config import Config

    virtual = boto3.client("s3", config=Config(s3={"addressing_style": "virtual"}))
    listed = virtual.list_objects_v2(Bucket="bucket", Prefix="d/")
    return [listed["Name"], [one["Key"] for one in listed["Contents"]]]


@client
def boto3_anonymous():
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config

    return digest(
        boto3.client("s3", config=Config(signature_version=UNSIGNED))
        .get_object(Bucket="bucket", Key="train.csv")["Body"]
        .read(),
    )


@client
def boto3_pages():
    import boto3

    pages = boto3.client("s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket="bucket", Prefix="é x/", PaginationConfig={"PageSize": 1})
    return [one["Key"] for page in found for one in page["Contents"]]


@client
def boto3_pages_of_version_1():
    import boto3

    pages = boto3.client("s3").get_paginator("list_objects")
    found = pages.paginate(Bucket="bucket", Prefix="é x/", PaginationConfig={"PageSize": 1})
    return [one["Key"] for page in found for one in page["Contents"]]


@client
def boto3_download():
    import boto3

    boto3.client("s3").download_file("bucket", "d/train.csv", "downloaded.csv")
    return digest(Path("downloaded.csv").read_bytes())


@client
def boto3_resource():
    import boto3

    return sorted(one.key for one in boto3.resource("s3").Bucket("bucket").objects.filter(Prefix="d/"))


@client
def boto3_bucket():
    import boto3

    s3 = boto3.client("s3")
    s3.head_bucket(Bucket="bucket")
    return [s3.list_buckets()["Buckets"], s3.get_bucket_location(Bucket="bucket")["LocationConstraint"]]


@client
def boto3_missing():
    import boto3

    return boto3.client("s3").get_object(Bucket="bucket", Key="none.csv")


@client
def boto3_write():
    import boto3

    return boto3.client("s3").put_object(Bucket="bucket", Key="new.csv", Body=b"x" * 3_000_000)


@client
def boto3_presigned():
    import boto3
    import requests

    link = boto3.client("s3").generate_presigned_url("get_object", Params={"Bucket": "b", "Key": "train.csv"})
    return digest(requests.get(link, timeout=20).content)


@client
def aiohttp_get():
    import aiohttp

    async def get() -> bytes:
        async with aiohttp.ClientSession() as session, session.get("https://example.org/train.csv") as answer:
            return await answer.read()

    return digest(asyncio.run(get()))


@client
def asyncio_streams():
    async def get() -> bytes:
        reader, writer = await asyncio.open_connection("example.org", 443, ssl=True)
        writer.write(b"GET /train.csv HTTP/1.0\r\nHost: example.org\r\n\r\n")
        body = (await reader.read()).partition(b"\r\n\r\n")[2]
        writer.close()
        return body

    return digest(asyncio.run(get()))


@client
def http_client():
    import http.client

    connection = http.client.HTTPSConnection("example.org", timeout=20)
    connection.request("GET", "/train.csv")
    return digest(connection.getresponse().read())


@client
def pyarrow_over_s3fs():
    import pyarrow.fs
    import s3fs

    over = pyarrow.fs.PyFileSystem(pyarrow.fs.FSSpecHandler(s3fs.S3FileSystem(endpoint_url=ENDPOINT)))
    return digest(over.open_input_file(f"{PLACE}/train.csv").read())


@client
def pyarrow_native():
    import pyarrow.fs

    trusted = os.environ["SSL_CERT_FILE"]
    native = pyarrow.fs.S3FileSystem(
        endpoint_override="minio.lab.sspcloud.fr", tls_ca_file_path=trusted, connect_timeout=2, request_timeout=5,
        retry_strategy=pyarrow.fs.AwsStandardS3RetryStrategy(max_attempts=1),
    )  # fmt: skip
    return digest(native.open_input_file(f"{PLACE}/train.csv").read())


@client
def a_child_of_python():
    code = "import urllib.request as u; print(len(u.urlopen('https://example.org/train.csv', timeout=20).read()))"
    return int(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout)


@client
def curl():
    line = ["curl", "-sSf", "https://example.org/train.csv"]
    return digest(subprocess.run(line, capture_output=True, check=True).stdout)


@client
def own_server():
    """What a program says to itself is its own business."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        one = socket.create_connection(server.getsockname(), 5)
        other, _ = server.accept()
        other.sendall(b"hello")
        return one.recv(5).decode()


@client
def own_asyncio_server():
    async def talk() -> str:
        async def greet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(b"hello")
            writer.close()

        server = await asyncio.start_server(greet, "localhost", 0)
        reader, _ = await asyncio.open_connection("localhost", server.sockets[0].getsockname()[1])
        return (await reader.read()).decode()

    return asyncio.run(talk())


@client
def socket_pair():
    one, other = socket.socketpair()
    one.sendall(b"hello")
    return other.recv(5).decode()


@client
def another_port():
    return str(socket.create_connection(("127.0.0.1", 9), 5))


@client
def another_port_of_a_host():
    return str(socket.create_connection(("example.org", 8443), 5))


@client
def another_port_by_number():
    return socket.socket().connect_ex(("127.0.0.1", 9))


@client
def datagram():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).connect(("198.51.100.1", 443))


@client
def datagram_sent():
    return socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("198.51.100.1", 5353))


@client
def below_the_patches():
    import _socket

    return str(_socket.socket(_socket.AF_INET, _socket.SOCK_STREAM).connect(("198.51.100.1", 443)))


@client
def names_below_the_patches():
    import _socket

    return _socket.getaddrinfo("example.org", 443)


@client
def names():
    return [socket.gethostbyname("example.org"), socket.gethostbyname_ex("example.org")[2]]


@client
def name_that_cannot_be():
    return socket.getaddrinfo("a" * 70 + ".org", 443)


@client
def address_of_version_6():
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as one:
        one.connect(("2001:db8::1", 80))
        one.sendall(b"GET /train.csv HTTP/1.0\r\nHost: h\r\n\r\n")
        return one.recv(12).decode()


@client
def address():
    with socket.create_connection(("198.51.100.1", 80), 5) as one:
        one.sendall(b"GET /train.csv HTTP/1.0\r\nHost: h\r\n\r\n")
        return one.recv(12).decode()


def redirect(http: int, https: int) -> None:
    place = Path(__file__).parents[2] / "checker/sandbox/inside/redirect.py"
    spec = importlib.util.spec_from_file_location("redirect", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.install(http, https)


def main(results: str, *ports: str) -> None:
    if ports:
        redirect(*map(int, ports))
    given: dict[str, object] = {}
    wanted = os.environ.get("ONLY", "").split() or CLIENTS.keys() - os.environ.get("WITHOUT", "").split()
    for name, function in CLIENTS.items():
        if name not in wanted:
            continue
        try:
            given[name] = {"value": function()}
        except Exception as error:  # noqa: BLE001 - what it says is the result
            given[name] = {"error": f"{type(error).__name__}: {error}"}
    if results == "-":
        sys.stdout.write(json.dumps(given))
    else:
        Path(results).write_text(json.dumps(given))


if __name__ == "__main__":
    main(*sys.argv[1:])
