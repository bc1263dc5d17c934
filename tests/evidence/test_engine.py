"""The engine that is looked for, and the start of an image without one."""

from __future__ import annotations

import io
import json
import os
import socket
import socketserver
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest

from checker.absences import NotDoneYet
from checker.course import load
from checker.evidence.image.engine import engine, rehearsal
from checker.evidence.image.simulated_build import dockerfile
from checker.facts.image import Engine
from checker.facts.job import Finished
from checker.facts.options import GradingOptions
from checker.facts.tree import Tree
from checker.model import Location
from checker.sandbox.base import Sandbox, SandboxFault
from checker.sandbox.images import engine_session as workshops
from checker.sandbox.images.engine import INSTALL_DOCKER, NO_PODMAN, is_gone, owner
from checker.sandbox.images.engine_session import EngineSession
from checker.sandbox.images.image_build import BuildOrder, Built
from tests.processes import in_thread

COURSE = load().course
ROOT = Path(__file__).parents[2]
HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
READS = (
    "import pandas as pd\nimport yaml\n\nprint(len(pd.read_csv(yaml.safe_load(open('config.yaml'))['train_url'])))\n"
)
PROJECT = {
    "code/main.py": "from deep.reading import read\n\nread()\n",
    "code/deep/reading.py": "import os\n\n\ndef read():\n    return os.environ['AWS_S3_ENDPOINT']\n",
    "main.py": READS,
    "config.yaml": "train_url: https://minio.lab.sspcloud.fr/x/titanic/raw/train.csv\n",
}


class Answering(EngineSession):
    """An engine that says *said*, and how often it was asked."""

    def __init__(self, said: str | None) -> None:
        super().__init__()
        self.said, self.asked = said, 0

    def version(self) -> str | None:
        self.asked += 1
        return self.said


def test_switched_off_nobody_is_asked() -> None:
    engine_session = Answering("28.1.1")
    found = engine(GradingOptions(docker="off"), engine_session)
    assert found.version is None
    assert "switched off" in str(found.missing)
    assert engine_session.asked == 0


def test_no_docker_is_told_from_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "not installed" in str(engine(GradingOptions(), Answering(None)).missing)
    (tmp_path / "docker").write_text("#!/bin/sh\n")
    (tmp_path / "docker").chmod(0o755)
    silent = engine(GradingOptions(), Answering(None))
    assert "No Docker engine answers" in str(silent.missing)
    assert "docker version" in str(silent.remedy)


PODMAN = {
    "Platform": {"Name": "linux/amd64/debian-12"},
    "Components": [{"Name": "Podman Engine", "Version": "4.3.1"}, {"Name": "Conmon", "Version": "2.1.6"}],
    "Version": "4.3.1",
    "ApiVersion": "1.41",
    "MinAPIVersion": "1.24",
    "Os": "linux",
    "Arch": "amd64",
}
"""The version that Podman 4.3 tells behind Docker's interface."""


@contextmanager
def answering(path: Path, version: object) -> Iterator[None]:
    """An engine at the socket *path* of which only the version is known."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = json.dumps(version).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with in_thread(socketserver.ThreadingUnixStreamServer(str(path), Handler)):
        yield


@pytest.mark.parametrize("podman", [True, False])
def test_podman_behind_dockers_interface_is_not_supported(
    podman: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/engine.sock")
    components = PODMAN["Components"] if podman else [{"Name": "Engine", "Version": "4.3.1"}]
    with answering(tmp_path / "engine.sock", PODMAN | {"Components": components}), EngineSession() as engine_session:
        found = engine(GradingOptions(), engine_session)
    assert found == (Engine(None, NO_PODMAN, INSTALL_DOCKER) if podman else Engine("4.3.1"))


@pytest.mark.parametrize("under", ["its own name", "a link", "the script of podman-docker"])
def test_where_only_podman_is_found_it_is_named(under: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "bin"))
    for name in ("bin", "lib"):
        (tmp_path / name).mkdir()
    program = tmp_path / ("bin" if under == "its own name" else "lib") / "podman"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    if under == "a link":
        (tmp_path / "bin" / "docker").symlink_to(program)
    elif under == "the script of podman-docker":
        script = tmp_path / "bin" / "docker"
        script.write_text('#!/bin/sh\necho "Emulate Docker CLI using podman." >&2\nexec /usr/bin/podman "$@"\n')
        script.chmod(0o755)
    found = engine(GradingOptions(), Answering(None))
    assert "Podman is not supported" in str(found.missing)
    assert "Install Docker" in str(found.remedy)


def test_an_engine_that_answers() -> None:
    assert engine(GradingOptions(), Answering("28.1.1")) == Engine("28.1.1")


def test_nobody_at_the_address_is_no_engine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/nobody.sock")
    with EngineSession() as engine_session:
        assert engine_session.version() is None


def test_an_engine_that_hangs_is_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/deaf.sock")
    monkeypatch.setattr(workshops, "_ANSWERS_WITHIN", 0.2)
    with socket.socket(socket.AF_UNIX) as deaf, EngineSession() as engine_session:
        deaf.bind(f"{tmp_path}/deaf.sock")
        deaf.listen()
        assert engine_session.version() is None


_GRADING = """
import sys
from pathlib import Path
from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader
from checker.selection import Selection
with Grader(GradingOptions()) as grader:
    grader.grade(Submission(path=Path(sys.argv[1])), Selection(checks=("dockerfile", "image-builds", "image-runs")))
print("docker" in sys.modules)
"""


@pytest.mark.slow
@pytest.mark.parametrize("there", [False, True])
def test_what_speaks_to_an_engine_is_loaded_for_an_image_only(tmp_path: Path, there: bool) -> None:
    (tmp_path / "main.py").write_text("print(1)\n")
    if there:
        (tmp_path / "Dockerfile").write_text("FROM python:3.11-slim\n")
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=tmp_path, check=True)
    nobody = {**os.environ, "DOCKER_HOST": "tcp://127.0.0.1:1"}
    done = subprocess.run(
        [sys.executable, "-c", _GRADING, tmp_path], env=nobody, cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.split()[-1] == str(there)


# who made it


def test_a_process_that_lives_is_not_gone() -> None:
    assert not is_gone(owner())


@pytest.mark.parametrize(
    ("part", "value", "gone"),
    [
        (0, "elsewhere", False),
        (1, "an earlier boot", True),
        (2, "another space", False),
        (3, "2000000000", True),
        (4, "12", True),
    ],
)
def test_who_is_gone_is_known_on_this_machine_only(part: int, value: str, gone: bool) -> None:
    parts = owner().split("/")
    parts[part] = value
    assert is_gone("/".join(parts)) is gone


@pytest.mark.parametrize("name", ["", "4026531836-12", "a/b/c/d/e"])
def test_what_is_no_label_of_ours_belongs_to_somebody(name: str) -> None:
    assert not is_gone(name)


def test_a_layer_that_vanishes_is_built_again(monkeypatch: pytest.MonkeyPatch) -> None:
    said = ["No such image: sha256:" + "a" * 64, ""]
    orders: list[str] = []

    def built(_client: object, order: BuildOrder, _watch: object, _on_run: object) -> Built:
        orders.append(order.network)
        return Built(error=said.pop(0))

    def order(network: str) -> BuildOrder:
        nothing = {"context": io.BytesIO(), "dockerfile": "x", "arguments": {}}
        limits = {"seconds": 1.0, "written": 1, "memory": 1, "processors": 1.0}
        return BuildOrder(**nothing, **limits, network=network)

    monkeypatch.setattr(workshops.image_build, "build", built)
    monkeypatch.setattr(workshops.pause_container, "can_join", lambda: False)
    monkeypatch.setattr(EngineSession, "_ready", lambda _self: None)
    with EngineSession() as engine_session:
        assert engine_session.build(order, ())[0].error == ""
        said += ["No such image: x"] * 3
        with pytest.raises(SandboxFault, match="vanish"):
            engine_session.build(order, ())
    assert len(orders) == 5


# the start, rehearsed


def started(sandbox: Sandbox, content: str, **files: str) -> Finished:
    tree = Tree.of({**PROJECT, **files, "Dockerfile": HEAD + content})
    return rehearsal(tree, dockerfile(tree), COURSE, sandbox).finished


def test_an_image_that_would_run_runs(sandbox: Sandbox) -> None:
    finished = started(sandbox, "COPY main.py config.yaml ./\nCMD python -u main.py\n")
    assert finished.succeeded, finished
    assert int(finished.output) > 500


def test_it_holds_only_what_is_copied(sandbox: Sandbox) -> None:
    assert started(sandbox, "COPY main.py ./\nCMD python main.py\n").error.name == "FileNotFoundError"


def test_no_variable_of_s3__but_those_of_the_image__and_places_of_the_repository(sandbox: Sandbox) -> None:
    copied = 'COPY code/ /app/\nCMD ["conda", "run", "-n", "x", "python", "main.py"]\n'
    finished = started(sandbox, copied)
    assert (finished.error.name, finished.error.message) == ("KeyError", "'AWS_S3_ENDPOINT'")
    assert finished.error.where == (Location("code/deep/reading.py", line=5),)
    assert started(sandbox, "ENV AWS_S3_ENDPOINT=minio PATH=/none\n" + copied).succeeded


def test_arguments_and_files_beside_the_folder(sandbox: Sandbox) -> None:
    says = "import sys\nprint(sys.argv[1:], open('../tmp/x').read())\n"
    finished = started(
        sandbox, "COPY x /tmp/x\nCOPY says.py .\nCMD python says.py a b\n", **{"says.py": says, "x": "y"}
    )
    assert finished.output == "['a', 'b'] y\n"


@pytest.mark.parametrize(
    "content",
    [
        "COPY main.py ./\nCMD ./main.py\n",
        "COPY main.py ./\nCMD python other.py\n",
        "COPY main.py ./\nRUN mv main.py x && mv x main.py\nCMD python main.py\n",
        "RUN git clone https://example.org/x\nCOPY main.py ./\nCMD python main.py\n",
        "COPY main.py config.yaml ./\nCOPY main.py config.yaml/x.py\nCMD python main.py\n",
        "COPY main.py /a/\nCMD python /a/main.py\n",
        f"COPY main.py {'x' * 300}.py\nCOPY main.py ./\nCMD python main.py\n",
    ],
)
def test_what_cannot_be_rehearsed_is_not(sandbox: Sandbox, content: str) -> None:
    with pytest.raises(NotDoneYet):
        started(sandbox, content)
