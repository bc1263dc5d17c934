"""Podman behind Docker's interface, started by hand: what holds for Docker holds for it, or it is not used."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import docker
import pytest

from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.model import Failed, Status
from checker.sandbox.base import Sandbox
from checker.sandbox.images import network, podman
from checker.sandbox.images.building import BUILT
from checker.sandbox.images.engine import LABEL
from checker.selection import Selection
from tests.images import real_engine
from tests.images.conftest import IMAGE_CHECKS
from tests.images.test_limits import course
from tests.images.test_recipes import GOOD, verdicts, words_of, written

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]

_ALONE = "RUN test $(tail -n +3 /proc/net/dev | cut -d: -f1) = lo\n"
"""Succeeds in a network that has nothing but itself."""
_GREEDY = 'CMD ["python", "-c", "x = bytearray(3000000000); print(len(x))"]\n'


@pytest.fixture(scope="module")
def service(address: str) -> Iterator[str]:
    """Where Podman answers."""
    if shutil.which("podman") is None:
        if os.environ.get("CHECKER_REQUIRE_ALL"):
            pytest.fail("podman is not installed")
        pytest.skip("podman is not installed")
    with tempfile.TemporaryDirectory(prefix="podman") as folder, real_engine.podman(Path(folder), address) as found:
        yield found


@pytest.fixture
def judge(sandbox: Sandbox, service: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Outcome]:
    """The report on the image of a repository."""
    monkeypatch.setenv("DOCKER_HOST", service)

    def judging(folder: Path, course: str | None = None) -> Outcome:
        with Grader(GradingOptions(course=course), sandbox=sandbox) as grader:
            return grader.grade(Submission(path=folder), Selection(checks=IMAGE_CHECKS))

    return judging


def left(service: str) -> list[str]:
    """What is there of ours, beside layers of environments: Podman's history does not name what lies below them."""
    with closing(docker.APIClient(base_url=service, version="auto")) as client:
        images = {str(one["Id"]).rpartition(":")[2]: one for one in client.images(all=True)}
        needed = [name for name, one in images.items() if one.get("RepoTags")]
        for name in needed:
            needed += [above for above in [images[name]["ParentId"].rpartition(":")[2]] if above in images]
        labels = {name: one["Labels"] or {} for name, one in images.items()}
        ours = [name for name, held in labels.items() if {BUILT, LABEL} & set(held) and name not in needed]
        return sorted(ours) + [str(one["Id"]) for one in client.containers(all=True)]


def kept(service: str) -> list[str]:
    return real_engine.docker(service, "images", "-q", "titanic-checker/environment").stdout.split()


def test_an_image_is_built_in_a_network_of_its_own_and_run(
    judge: Callable[..., Outcome], service: str, tmp_path: Path
) -> None:
    alone = GOOD.replace("COPY main", f"{_ALONE}COPY main")
    found = verdicts(judge(written(tmp_path / "good", alone, {})))
    said = [words_of(result) for result in found.values()]
    assert {one: result.status for one, result in found.items()} == dict.fromkeys(found, Status.PASSED), said
    assert found["image-cache"].verdict.details["reinstalled"] == 0
    assert left(service) == []
    first = kept(service)
    assert len(first) == 1
    content = GOOD.partition("CMD")[0] + _GREEDY
    found = verdicts(judge(written(tmp_path / "greedy", content, {}), course(tmp_path, memory=300_000_000)))
    assert found["image-runs"].status is Status.FAILED
    assert "300 MB of memory" in words_of(found["image-runs"])
    assert left(service) == []
    # it took up what the other installed
    assert kept(service) == first


def test_a_build_is_ended_in_time(judge: Callable[..., Outcome], service: str, tmp_path: Path) -> None:
    content = "FROM python:3.11-slim AS first\n" + GOOD.replace("CMD", "RUN sleep 600\nCMD")
    found = verdicts(judge(written(tmp_path / "project", content, {}), course(tmp_path, build_seconds=8)))
    verdict = found["image-builds"].verdict
    assert isinstance(verdict, Failed), verdict
    assert "not done after" in str(verdict.actual)
    assert [place.line for place in verdict.where] == [7]
    assert left(service) == []


@pytest.mark.parametrize("lacking", ["rights", "words"])
def test_where_it_cannot_be_held_nothing_is_built(
    lacking: str, judge: Callable[..., Outcome], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if lacking == "rights":
        monkeypatch.setattr(network, "can_join", lambda: False)
        says = "only root can give its builds a network"
    else:
        # a version that knows the interface, and not what we add to it
        monkeypatch.setattr(podman, "joining", lambda _namespace: {"networkmode": "none"})
        says = "gives a build the network of the machine"
    found = verdicts(judge(written(tmp_path / "project", GOOD, {})))
    for check in ("image-builds", "image-runs"):
        assert found[check].status is Status.UNAVAILABLE, words_of(found[check])
        assert says in words_of(found[check])
