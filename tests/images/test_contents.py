"""What a build really left in an image: seen in its layers and its history, and shown without the checker."""

from __future__ import annotations

import io
import subprocess
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from checker.evidence.image import contents
from checker.grader import Outcome
from checker.model import Failed, Status
from tests.images.conftest import Shell
from tests.images.test_recipes import GOOD, left_over, verdicts, written

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

TOKEN = "gh" + "p_" + "a1" * 18
WRITES = "RUN python -c \"open('/srv/part', 'w').write('gh' + 'p_' + 'a1' * 18)\"\n"
PEOPLE = (Path(contents.__file__).parents[2] / "courses" / "ensae-2022" / "data" / "train.csv").read_bytes()


def project(folder: Path, before_end: str, archive: Mapping[str, bytes] | None = None) -> Path:
    """The good project with lines before its last one, and with an archive to be unpacked."""
    head, end = GOOD.split("CMD")
    written(folder, f"{head}{before_end}CMD{end}", {})
    if archive:
        with tarfile.open(folder / "more.tar", "w") as tar:
            for path, body in archive.items():
                entry = tarfile.TarInfo(path)
                entry.size = len(body)
                tar.addfile(entry, io.BytesIO(body))
        for words in (["add", "-A"], ["commit", "-q", "-m", "x"]):
            subprocess.run(["git", *words], cwd=folder, check=True)
    return folder


@pytest.mark.parametrize(
    ("line", "archive", "where", "says"),
    [
        ("ADD more.tar /srv/\n", {"keys/.env": b"TOKEN=abcdefgh\n"}, 6, "/srv/keys/.env in the image holds a secret."),
        (f"{WRITES}RUN rm /srv/part\n", None, 6, "/srv/part holds a secret. It was removed later"),
        ("ARG WORD=hello-there\nENV TITANIC_TOKEN=$WORD\n", None, 7, "ENV writes the value of TITANIC_TOKEN"),
        (f"ARG A={TOKEN[:9]}\nENV X=${{A}}{TOKEN[9:]}\n", None, 7, "The history of the image shows"),
    ],
    ids=["unpacked", "removed", "variable", "history"],
)
def test_a_secret_that_only_the_image_shows(
    line: str,
    archive: Mapping[str, bytes] | None,
    where: int,
    says: str,
    judge: Callable[[Path], Outcome],
    shell: Shell,
    address: str,
    tmp_path: Path,
) -> None:
    folder = project(tmp_path / "project", line, archive)
    verdict = verdicts(judge(folder))["image-clean"].verdict
    assert isinstance(verdict, Failed), verdict
    assert says in str(verdict.actual)
    assert verdict.where[0].line == where
    assert "abcd" not in str(verdict)
    assert left_over(address) == []
    assert shell(verdict.reproduce, folder) != 0
    assert shell(verdict.reproduce, project(tmp_path / "good", "")) == 0


def test_what_costs_nothing_is_advice(judge: Callable[[Path], Outcome], tmp_path: Path) -> None:
    archive = {"x/.git/HEAD": b"a", "x/.git/objects/x": b"", "x/.git/refs/x": b"", "list.txt": PEOPLE}
    folder = project(tmp_path / "project", "ADD more.tar /srv/\nRUN rm /srv/list.txt\n", archive)
    found = verdicts(judge(folder))["image-clean"]
    assert found.status is Status.PASSED
    assert [str(one.message).partition(":")[0] for one in found.verdict.advice] == [
        "/srv/x/.git came into the image",
        "/srv/list.txt came into the image, and is data",
    ]
    assert [one.where[0].line for one in found.verdict.advice] == [6, 6]
    assert found.verdict.details["data"] == [{"path": "/srv/list.txt", "line": 6, "removed": True}]


def test_libraries_and_the_base_are_not_searched(judge: Callable[[Path], Outcome], tmp_path: Path) -> None:
    line = "RUN python -m venv /opt/venv && pip install --target=/opt/libraries PyYAML\n"
    found = verdicts(judge(project(tmp_path / "project", line)))["image-clean"]
    assert found.status is Status.PASSED
    assert found.verdict.details["complete"] is True
    assert found.verdict.details["files"] < 10
