"""Each library that students read data with, unchanged: in either sandbox, redirected, and through proxies."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import pytest

from checker.course import load
from checker.facts.actions import Script
from checker.facts.job import Finished, Job, ServedData
from checker.facts.tree import Tree
from checker.sandbox.capabilities import capabilities
from checker.sandbox.inside import redirect
from checker.sandbox.open import open_sandbox
from tests.gateway.clients import PLACE

SCRIPT = Path(__file__).with_name("clients.py")
ENVIRONMENT = {"PATH": os.defpath, "LANG": "C.UTF-8", **load().course.data.variables}
FILES = ["data.csv", "notes.txt", "packed.csv.gz", "test.csv", "train.csv"]

DIGEST = [
    "s3fs_by_variable",
    "s3fs_anonymous",
    "s3fs_download",
    "requests_https",
    "requests_http",
    "urllib_https",
    "urllib_retrieve",
    "boto3_get",
    "boto3_amazon",
    "boto3_anonymous",
    "boto3_download",
    "boto3_presigned",
    "aiohttp_get",
    "asyncio_streams",
    "http_client",
    "pyarrow_over_s3fs",
]
SAME: Mapping[str, object] = {
    "s3fs_by_argument": [891, 12],
    "s3fs_as_in_the_statement": [f"{PLACE}/{name}" for name in FILES],
    "s3fs_knows_what_exists": [True, True, False, False, True],
    "s3fs_glob": ["b/x/test.csv", "b/x/train.csv"],
    "pandas_https": [891, 12],
    "pandas_https_compressed": [891, 12],
    "pandas_s3": [418, 11],
    "pandas_s3_with_options": [418, 11],
    "pandas_parquet_over_s3fs": [891, 12],
    "pandas_parquet_https": [891, 12],
    "boto3_virtual": ["bucket", [f"d/{name}" for name in FILES]],
    "boto3_pages": [f"é x/{name}" for name in FILES],
    "boto3_pages_of_version_1": [f"é x/{name}" for name in FILES],
    "boto3_resource": [f"d/{name}" for name in FILES],
    "boto3_bucket": [[], None],
    "own_server": "hello",
    "own_asyncio_server": "hello",
    "socket_pair": "hello",
    "a_child_of_python": 61194,
}
REFUSED: Mapping[str, str] = {
    "s3fs_missing": "FileNotFoundError: b/x/none.csv",
    "s3fs_write": "PermissionError: Access Denied",
    "pandas_https_missing": "HTTPError: HTTP Error 404: Not Found",
    "pandas_write": "PermissionError: Access Denied",
    "boto3_missing": "NoSuchKey: ",
    "boto3_write": "AccessDenied: An error occurred (AccessDenied)",
    "another_port": "ConnectionRefusedError: ",
    "another_port_of_a_host": "ConnectionRefusedError: ",
    "name_that_cannot_be": "UnicodeError: ",
}
REDIRECTED: Mapping[str, object] = {
    "address": "HTTP/1.1 200",
    "address_of_version_6": "HTTP/1.1 200",
    "names": ["127.0.0.1", ["127.0.0.1"]],
    "another_port_by_number": 111,
}
REDIRECT_REFUSES = ("datagram", "datagram_sent", "below_the_patches", "names_below_the_patches")
PROXIED = [
    "requests_https",
    "requests_http",
    "urllib_https",
    "urllib_retrieve",
    "boto3_get",
    "pandas_https",
    "pandas_s3",
    "s3fs_by_variable",
    "s3fs_by_argument",
    "curl",
    "a_child_of_python",
]

Results = Mapping[str, Mapping[str, object]]


def run(folder: Path, variables: Mapping[str, str]) -> Results:
    environment = ENVIRONMENT | {"HOME": str(folder)} | dict(variables)
    done = subprocess.run(
        [sys.executable, SCRIPT], env=environment, cwd=folder, stdout=subprocess.PIPE, check=True, timeout=120
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def open_network(gateway, course_world):
    """A network for a whole module, and its log."""
    from tests.gateway.conftest import bound

    http, https = bound(), bound()
    with http, https, gateway.serve(course_world, http=http, https=https) as serving:
        yield http.getsockname()[1], https.getsockname()[1], serving


@pytest.fixture(scope="module")
def redirected(open_network, authority_file, tmp_path_factory) -> Results:
    """Python led by the redirect alone."""
    http, https, _ = open_network
    variables = redirect.variables(http, https, str(authority_file))
    variables = {name: value for name, value in variables.items() if not name.lower().endswith("_proxy")}
    outside = "pyarrow_native curl"  # they would leave this machine
    folder = tmp_path_factory.mktemp("redirected")
    return run(folder, variables | {"WITHOUT": outside})


@pytest.fixture(scope="module")
def proxied(open_network, authority_file, tmp_path_factory) -> Results:
    """Programs led by the proxy variables alone."""
    http, https, _ = open_network
    variables = redirect.variables(http, https, str(authority_file))
    variables.pop("PYTHONPATH")
    folder = tmp_path_factory.mktemp("proxied")
    return run(folder, variables | {"ONLY": " ".join(PROXIED)})


def within(kind: Literal["bubblewrap", "plain"], course_world: ServedData, without: str = "") -> Finished:
    """The same programs, run as a student's are."""
    tree = Tree.of({"clients.py": SCRIPT.read_text()})
    variables = {**load().course.data.variables, "WITHOUT": without}
    with open_sandbox(kind) as sandbox:
        return sandbox.run(
            Job(tree=tree, action=Script("clients.py"), variables=variables, served_data=course_world),
        )


@pytest.fixture(scope="module")
def bubblewrap_run(course_world) -> Finished:
    if (reason := capabilities().namespaces) is not None:
        pytest.skip(f"this machine gives no namespaces: {reason}")
    return within("bubblewrap", course_world)


@pytest.fixture(scope="module")
def bubblewrap(bubblewrap_run) -> Results:
    return json.loads(bubblewrap_run.output)


@pytest.fixture(scope="module")
def plain_run(course_world) -> Finished:
    return within("plain", course_world, without="pyarrow_native curl")


@pytest.fixture(scope="module")
def plain(plain_run) -> Results:
    return json.loads(plain_run.output)


@pytest.fixture(
    params=[
        "bubblewrap",
        pytest.param("plain", marks=pytest.mark.slow),
        pytest.param("redirected", marks=pytest.mark.slow),
    ],
)
def results(request) -> Results:
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def train_digest(course_world) -> str:
    return hashlib.sha256(course_world.tables["train"]).hexdigest()


@pytest.mark.slow
@pytest.mark.parametrize("name", DIGEST)
def test_it_reads_the_very_bytes(name, results, train_digest):
    assert results[name] == {"value": train_digest}


@pytest.mark.slow
@pytest.mark.parametrize("name", SAME)
def test_it_finds_what_is_there(name, results):
    assert results[name] == {"value": SAME[name]}


@pytest.mark.parametrize("name", REFUSED)
def test_it_is_told_what_is_not(name, results):
    assert str(results[name].get("error")).startswith(REFUSED[name]), results[name]


@pytest.mark.parametrize("name", ["pyarrow_native", "curl"])
def test_what_python_does_not_see_reads_in_a_network_of_its_own(name, bubblewrap, train_digest):
    assert bubblewrap[name] == {"value": train_digest}


def test_there_is_nothing_else_in_a_network_of_its_own(bubblewrap):
    assert "Errno 101" in str(bubblewrap["address"]["error"])
    assert "Errno 101" in str(bubblewrap["datagram"]["error"])
    assert "Errno 101" in str(bubblewrap["below_the_patches"]["error"])


@pytest.mark.slow
@pytest.mark.parametrize("name", REDIRECTED)
def test_the_redirect_leads_addresses_and_names_to_the_gateway(name, redirected):
    assert redirected[name] == {"value": REDIRECTED[name]}


@pytest.mark.slow
@pytest.mark.parametrize("name", REDIRECT_REFUSES)
def test_what_cannot_be_redirected_is_refused(name, redirected):
    assert "in this run" in str(redirected[name]["error"])


@pytest.mark.slow
def test_a_refusal_says_what_can_be_reached(redirected):
    assert "only http (port 80) and https (port 443)" in str(redirected["another_port"]["error"])


@pytest.mark.slow
@pytest.mark.parametrize("name", PROXIED)
def test_proxy_variables_lead_to_the_gateway(name, proxied, train_digest):
    assert proxied[name] == {"value": SAME.get(name, train_digest)}


@pytest.mark.parametrize("kind", ["bubblewrap", pytest.param("plain", marks=pytest.mark.slow)])
def test_hosts_are_seen_as_they_were_named(kind, request):
    seen = {one.url for one in request.getfixturevalue(f"{kind}_run").requests}
    assert f"https://minio.lab.sspcloud.fr/{PLACE}/train.csv" in seen
    assert "https://s3.eu-west-3.amazonaws.com/bucket/d/train.csv" in seen
    assert "https://raw.githubusercontent.com/owner/repo/main/train.csv" in seen


def test_pyarrows_own_connections_are_not_seen_by_the_redirect(open_network, tmp_path):
    """A limit that the documentation names: what is no Python socket goes where it wants."""
    code = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import redirect; redirect.install(1, 1)\n"
        "import pyarrow.fs\n"
        "try:\n"
        "    pyarrow.fs.S3FileSystem(endpoint_override='127.0.0.1:' + sys.argv[2], scheme='http', connect_timeout=2,\n"
        "        request_timeout=2).open_input_file('b/x')\n"
        "except OSError: pass\n"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)
        line = [sys.executable, "-c", code, str(Path(redirect.__file__).parent), str(server.getsockname()[1])]
        with subprocess.Popen(line, env=ENVIRONMENT | {"HOME": str(tmp_path)}, cwd=tmp_path) as process:
            connection, _ = server.accept()
            with connection:
                assert connection.recv(5) == b"HEAD "
            process.kill()


def test_the_namesake_of_the_redirects_start_is_started_too(tmp_path):
    (tmp_path / "sitecustomize.py").write_text("print('theirs')\n")
    path = redirect.variables(1, 2, "x")["PYTHONPATH"] + os.pathsep + str(tmp_path)
    line = [
        sys.executable,
        "-c",
        "import socket, sitecustomize; print(socket.getaddrinfo.redirected, sitecustomize.__file__)",
    ]
    done = subprocess.run(
        line, env=redirect.variables(1, 2, "x") | {"PYTHONPATH": path}, capture_output=True, text=True
    )
    assert done.stdout == f"theirs\nTrue {tmp_path}/sitecustomize.py\n"
    assert done.stderr == ""
