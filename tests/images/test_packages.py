"""What builds fetch: once for all, by pip and by uv, and no submission is worse off for it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest

from checker.facts.options import GradingOptions
from checker.facts.submission import Submission
from checker.grader import Grader, Outcome
from checker.model import Status
from checker.sandbox.base import Sandbox
from checker.sandbox.images import installers
from checker.sandbox.images.sources import Headers, Sources
from checker.selection import Selection
from tests.images.conftest import IMAGE_CHECKS
from tests.images.test_recipes import GOOD, PROJECT, left_over, verdicts, words_of, written

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]

UV = GOOD.replace(
    "RUN pip install --no-cache-dir -r requirements.txt",
    "RUN pip install uv && uv pip install --system -r requirements.txt",
)


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What came from the sources, whole; uv also reads the lists of contents at the end of some."""
    addresses: list[str] = []
    really = Sources._ask

    async def noting(
        self: Sources, session: aiohttp.ClientSession, method: str, address: str, headers: Headers, body: bytes
    ) -> aiohttp.ClientResponse:
        if method == "GET" and not any(name == b"range" for name, _ in headers):
            addresses.append(address)
        return await really(self, session, method, address, headers, body)

    monkeypatch.setattr(Sources, "_ask", noting)
    return addresses


@pytest.fixture
def judge(sandbox: Sandbox, address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[Path], Outcome]:
    """The report on the image of a repository of a class: what is kept for one is there for the next."""
    monkeypatch.setenv("DOCKER_HOST", address)

    def judging(folder: Path) -> Outcome:
        with Grader(GradingOptions(cache=tmp_path / "cache"), sandbox=sandbox) as grader:
            return grader.grade(Submission(path=folder), Selection(checks=IMAGE_CHECKS))

    return judging


def test_pandas_is_fetched_once_for_environments_that_differ(
    judge: Callable[[Path], Outcome], fetched: list[str], address: str, tmp_path: Path
) -> None:
    class_ = {
        "anna": (GOOD, "PyYAML==6.0.2\npandas==2.2.3\n"),
        "bruno": (GOOD, "PyYAML==6.0.2\nsix\npandas==2.2.3\n"),
        "chloe": (UV, "pandas==2.2.3\nPyYAML==6.0.2\n"),
    }
    for name, (content, requirements) in class_.items():
        files = {"requirements.txt": requirements, "main.py": f"import pandas\n{PROJECT['main.py']}"}
        found = verdicts(judge(written(tmp_path / name, content, files)))
        assert found["image-builds"].status is Status.PASSED, words_of(found["image-builds"])
        assert found["image-runs"].status is Status.PASSED, words_of(found["image-runs"])
        assert found["image-cache"].verdict.details["reinstalled"] == 0
    wheels = [one.rpartition("/")[2] for one in fetched if one.endswith(".whl")]
    assert len([one for one in wheels if one.startswith("pandas-2.2.3-")]) == 1
    assert len(wheels) == len(set(wheels)), "no package came twice"
    assert left_over(address) == []


def test_nothing_that_a_build_was_told_is_in_the_image(judge: Callable[[Path], Outcome], tmp_path: Path) -> None:
    looks = f"import os\nassert not [one for one in {installers.NAMES} if one in os.environ]\n"
    files = {"main.py": looks + PROJECT["main.py"]}
    found = verdicts(judge(written(tmp_path / "project", GOOD, files)))
    assert found["image-runs"].status is Status.PASSED, words_of(found["image-runs"])


@pytest.mark.parametrize(
    "line",
    [
        "ENV PIP_TRUSTED_HOST=files.example.org",
        "RUN pip config set global.trusted-host files.example.org",
        'RUN pip install six\nRUN test -z "$PIP_PROXY" && pip install PyYAML==6.0.2',
        'RUN pip install six\nRUN test -z "$PIP_TRUSTED_HOST" && pip install PyYAML==6.0.2 && touch /once',
    ],
    ids=["a host of one's own", "by a file", "an installation without a proxy", "or that trusts nobody"],
)
def test_an_installation_that_does_not_bear_our_part_is_made_without(
    line: str, judge: Callable[[Path], Outcome], address: str, tmp_path: Path
) -> None:
    content = GOOD.replace("COPY requirements.txt", f"{line}\nCOPY requirements.txt")
    found = verdicts(judge(written(tmp_path / "project", content, {})))
    assert {one: result.status for one, result in found.items()} == dict.fromkeys(found, Status.PASSED), [
        words_of(result) for result in found.values()
    ]
    assert left_over(address) == []
