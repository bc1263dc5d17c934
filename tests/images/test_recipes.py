"""Dockerfiles as students write them, built and run: the verdict of each, and what it says."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from checker.grader import Outcome
from checker.model import CheckResult, Status
from tests.images.real_engine import EXERCISE, docker

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

_MAIN = '''"""Read the passengers, and report."""

import urllib.request

import yaml

with open("config.yaml", encoding="utf-8") as file:
    CONFIG = yaml.safe_load(file)
ROWS = {}
for name in ("train_url", "test_url"):
    with urllib.request.urlopen(CONFIG[name]) as answer:
        ROWS[name] = len(answer.read().splitlines())
print("Accuracy: 0.83 on", ROWS)
print("Confusion matrix:")
print("[[80 10]\\n [12 38]]")
'''
PROJECT = {
    "main.py": _MAIN,
    "config.yaml": "train_url: https://minio.lab.sspcloud.fr/x/titanic/train.csv\n"
    "test_url: https://minio.lab.sspcloud.fr/x/titanic/test.csv\n",
    "requirements.txt": "PyYAML==6.0.2\n",
}
_HEAD = "FROM python:3.11-slim\nWORKDIR /app\n"
_INSTALL = "COPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\n"
_COPY = "COPY main.py config.yaml ./\n"
_CMD = 'CMD ["python", "main.py"]\n'
GOOD = _HEAD + _INSTALL + _COPY + _CMD

P, F, U, B = Status.PASSED, Status.FAILED, Status.UNAVAILABLE, Status.BLOCKED


@dataclass(frozen=True)
class Case:
    """A Dockerfile, what image-builds and image-runs say of it, and words of the first that does not pass."""

    name: str
    content: str
    builds: Status = P
    runs: Status = P
    says: str = ""
    files: dict[str, str] = field(default_factory=dict)


CASES = (
    Case("pip on slim", GOOD),
    Case(
        "uv",
        _HEAD + "ENV SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt\nRUN pip install uv\n"
        "COPY requirements.txt .\nRUN uv pip install --system -r requirements.txt\n" + _COPY + _CMD,
    ),
    Case(
        "uv from its image",
        _HEAD + "COPY --from=ghcr.io/astral-sh/uv:0.5 /uv /bin/uv\n" + _INSTALL + _COPY + _CMD,
        U,
        U,
        "ghcr.io/astral-sh/uv:0.5 is not on this machine",
    ),
    Case(
        "several stages",
        "FROM python:3.11-slim AS builder\nWORKDIR /build\nCOPY requirements.txt .\n"
        "RUN python -m venv /venv && /venv/bin/pip install -r requirements.txt\n\n"
        "FROM python:3.11-slim\nCOPY --from=builder /venv /venv\nENV PATH=/venv/bin:$PATH\nWORKDIR /app\n"
        + _COPY
        + _CMD,
    ),
    Case("everything first", _HEAD + "COPY . .\nRUN pip install -r requirements.txt\n" + _CMD),
    Case(
        "a command that does not exist",
        _HEAD + _INSTALL + _COPY + 'CMD ["python3.4", "main.py"]\n',
        P,
        F,
        "cannot be started",
    ),
    Case(
        "the configuration is forgotten",
        _HEAD + _INSTALL + "COPY main.py ./\n" + _CMD,
        P,
        B,
    ),
    Case("latest", GOOD.replace("3.11-slim", "latest"), U, U, "python:latest is not on this machine"),
    Case(
        "a folder of root",
        _HEAD + _INSTALL + _COPY + "RUN useradd student\nUSER student\n" + _CMD,
        P,
        F,
        "may not use /app/model.txt",
        files={"main.py": _MAIN + 'open("/app/model.txt", "w").close()\n'},
    ),
    Case(
        "another user", _HEAD + _INSTALL + _COPY + "RUN useradd student && chown -R student /app\nUSER student\n" + _CMD
    ),
    Case(
        "a folder of another user, and root",
        _HEAD + _INSTALL + _COPY + "RUN useradd student && chown -R student /app\n" + _CMD,
        files={"main.py": _MAIN + 'open("model.txt", "w").close()\n'},
    ),
    Case(
        "here-documents",
        "# syntax=docker/dockerfile:1\n" + _HEAD + "COPY requirements.txt .\n"
        "RUN --mount=type=cache,target=/root/.cache/pip <<EOF\nset -e\npip install -r requirements.txt\nEOF\n"
        + _COPY
        + _CMD,
    ),
    Case(
        "miniconda on ubuntu",
        "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y wget\n"
        "RUN wget https://repo.anaconda.com/miniconda/Miniconda3-latest-Linux-x86_64.sh && \\\n"
        "    bash Miniconda3-latest-Linux-x86_64.sh -b -p /miniconda\n"
        'ENV PATH="/miniconda/bin:${PATH}"\n' + _INSTALL + _COPY + _CMD,
        U,
        U,
        "repo.anaconda.com",
    ),
    Case(
        "micromamba",
        "FROM mambaorg/micromamba:1.5.8\nCOPY environment.yml .\nRUN micromamba install -y -n base -f environment.yml\n"
        + _COPY
        + _CMD,
        U,
        U,
        "mambaorg/micromamba:1.5.8 is not on this machine",
        files={"environment.yml": "dependencies: [python=3.11, pyyaml]\n"},
    ),
    Case(
        "a package that does not exist",
        GOOD,
        F,
        B,
        "no package pyyaml-titanic-nowhere==1",
        files={"requirements.txt": "pyyaml-titanic-nowhere==1\n"},
    ),
    Case(
        "a Python of the system",
        _HEAD + "RUN touch /usr/lib/python3.11/EXTERNALLY-MANAGED\n" + _INSTALL + _COPY + _CMD,
        F,
        B,
        "belongs to its system",
    ),
    Case(
        "a question that nobody answers",
        _HEAD + "RUN apt-get update && apt-get install wget\n" + _INSTALL + _COPY + _CMD,
        F,
        B,
        "nobody answers in a build",
    ),
    Case(
        "uv without an environment",
        _HEAD + "RUN pip install uv\nCOPY requirements.txt .\nRUN uv pip install -r requirements.txt\n" + _COPY + _CMD,
        F,
        B,
        "In an image, write uv pip install --system",
    ),
    Case(
        "what an earlier line said is no matter",
        _HEAD + "RUN pip install titanic-nowhere==1 || true\nRUN echo enough; exit 3\n" + _CMD,
        F,
        B,
        "line 4: enough",
    ),
    Case(
        "an environment that is not on the path",
        _HEAD
        + "COPY requirements.txt .\nRUN python -m venv /venv && /venv/bin/pip install -r requirements.txt\n"
        + _COPY
        + _CMD,
        P,
        F,
        "yaml cannot be imported",
    ),
    Case(
        "an installer that is not there",
        GOOD.replace("RUN pip", "RUN conda --version && pip"),
        F,
        B,
        "conda does not exist",
    ),
    Case(
        "data of another place",
        GOOD.replace("RUN pip", "RUN python -c \"import urllib.request as u; u.urlopen('http://10.0.0.1/x')\" && pip"),
        U,
        U,
        "asks for 10.0.0.1",
    ),
    Case(
        "no space left",
        GOOD.replace("RUN pip", "RUN python -c \"open('/dev/shm/x', 'wb').write(b'x' * 10**8)\" && pip"),
        U,
        U,
        "no space left",
    ),
    Case(
        "a registry of the house",
        GOOD.replace("python:3.11-slim", "registry.intern.example/x:1"),
        U,
        U,
        "not among the known",
    ),
    Case(
        "an image by the start of its number", GOOD.replace("python:3.11-slim", "a"), U, U, "a is not on this machine"
    ),
    Case(
        "an address to be added",
        GOOD.replace("COPY main", "ADD http://169.254.169.254/x /x\nCOPY main"),
        U,
        U,
        "ADD https://",
    ),
    Case(
        "it never stops", GOOD.replace(_CMD, 'CMD ["python", "-c", "while True: print(1)"]\n'), P, F, "without an end"
    ),
)


def written(folder: Path, content: str, files: dict[str, str]) -> Path:
    folder.mkdir()
    for path, body in {**PROJECT, **files, "Dockerfile": content}.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(body)
    for words in (["init", "-q"], ["add", "-A"], ["commit", "-q", "-m", "x"]):
        subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


def verdicts(outcome: Outcome) -> dict[str, CheckResult]:
    return {check.id: check for step in outcome.report.steps for check in step.checks}


def words_of(result: CheckResult) -> str:
    names = ("message", "what", "actual", "hint", "remedy", "fault")
    return " ".join(str(getattr(result.verdict, name, "")) for name in names)


def left_over(address: str) -> list[str]:
    """What is on the engine of ours, beside layers of environments."""
    containers = set(docker(address, "ps", "-a", "--format", "{{.Names}}").stdout.split()) - {EXERCISE}
    ours = docker(address, "images", "-aq", "--filter", "label=titanic-checker.built").stdout.split()
    kept = docker(address, "images", "-q", "titanic-checker/environment").stdout.split()
    below = {
        line for one in kept for line in docker(address, "history", "-q", one).stdout.split() if line != "<missing>"
    }
    return sorted(containers) + sorted(set(ours) - below - set(kept))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_recipe(case: Case, judge: Callable[[Path], Outcome], address: str, tmp_path: Path) -> None:
    found = verdicts(judge(written(tmp_path / "project", case.content, case.files)))
    seen = {name: (found[name].status, words_of(found[name]), found[name].verdict) for name in found}
    assert found["image-builds"].status is case.builds, seen
    assert found["image-runs"].status is case.runs, seen
    assert case.says in " ".join(words_of(result) for result in found.values()), seen
    assert left_over(address) == []


def test_the_solution(judge: Callable[[Path], Outcome], solution: Callable[[str], Path], address: str) -> None:
    found = verdicts(judge(solution("2.3")))
    assert {name: result.status for name, result in found.items()} == dict.fromkeys(found, P)
    assert left_over(address) == []


def test_a_second_build_shows_what_is_installed_again(judge: Callable[[Path], Outcome], tmp_path: Path) -> None:
    early = _HEAD + "COPY . .\nRUN pip install -r requirements.txt\n" + _CMD
    seen = {}
    for name, content in (("good", GOOD), ("early", early)):
        seen[name] = verdicts(judge(written(tmp_path / name, content, {})))["image-cache"].verdict
    assert seen["good"].details["reinstalled"] == 0
    assert seen["good"].advice == ()
    assert seen["early"].details["reinstalled"] == 4
    assert "Line 3 copies the code" in str(seen["early"].advice[0].message)
