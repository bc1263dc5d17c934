"""The forge that is one file, and what the probe makes of it and of continuous integration."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from checker.absences import UnavailableHere
from checker.errors import UsageError
from checker.evidence.repository.pull_requests import pull_requests
from checker.facts.pull_requests import PullRequests, State
from checker.facts.submission import Submission
from checker.forge.local import RECORD, LocalForge
from checker.open_submission import open_submission
from tests.conftest import shell
from tests.pull_requests import pull_request
from tests.repositories import commit_all

REQUEST = pull_request(0, "student/titanic", "nettoyage")


def test_what_is_opened_is_known(tmp_path: Path) -> None:
    forge = LocalForge(tmp_path / "forge.json")
    assert forge.requests() == ()
    local = LocalForge(tmp_path / "forge.json")
    first = local.open_request(REQUEST)
    second = local.open_request(replace(REQUEST, source_repository="other/titanic"))
    assert (first.number, second.number) == (1, 2)
    assert forge.requests() == (first, second)
    assert forge.requests("Student/Titanic") == (first,)
    local.set_state(1, State.MERGED)
    assert forge.requests()[0].state is State.MERGED
    with pytest.raises(KeyError):
        local.set_state(9, State.MERGED)


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"requests": [{}]}', '{"requests": 3}', "[" * 100_000])
def test_a_record_that_makes_no_sense_says_so(tmp_path: Path, content: str) -> None:
    path = tmp_path / "forge.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(UsageError, match="cannot be read"):
        LocalForge(path).requests()


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "main.py").touch()
    commit_all(folder)
    return folder


def known(folder: Path, **setting: object) -> PullRequests:
    with open_submission(folder, own=True) as repository:
        return pull_requests(repository, Submission(path=Path(), **setting))  # type: ignore[arg-type]


def test_without_forge_and_event_nothing_is_known(project: Path) -> None:
    with pytest.raises(UnavailableHere, match="Neither a forge nor"):
        known(project)


def test_an_empty_record_knows_that_there_is_none(project: Path) -> None:
    LocalForge(project / ".git" / RECORD).start()
    assert known(project) == PullRequests((), "local")


def test_the_record_of_a_class_is_asked_for_this_repository(project: Path, tmp_path: Path) -> None:
    forge = LocalForge(tmp_path / "class.json")
    forge.open_request(replace(REQUEST, source_repository="other/titanic"))
    own = forge.open_request(REQUEST)
    shell("git remote add origin git@github.com:student/titanic.git", project)
    assert known(project, forge=str(forge.path)).requests == (own,)


def test_a_record_in_an_archive_is_a_claim_and_not_believed(project: Path, tmp_path: Path) -> None:
    LocalForge(project / ".git" / RECORD).open_request(REQUEST)
    shell(f"tar czf {tmp_path / 'x.tar.gz'} .", project)
    with pytest.raises(UnavailableHere):
        known(tmp_path / "x.tar.gz")


def test_the_event_of_a_pull_request_on_github(project: Path) -> None:
    event = {
        "pull_request": {
            "number": 12,
            "state": "closed",
            "merged": True,
            "mergeable": False,
            "head": {"ref": "nettoyage", "repo": {"full_name": "student/titanic"}},
            "base": {"ref": "main", "repo": {"full_name": "school/titanic", "default_branch": "main"}},
        }
    }
    variables = {"GITHUB_SHA": "0" * 40, "GITHUB_REF": "refs/pull/12/merge"}
    (found,) = known(project, variables=variables, event=json.dumps(event)).requests
    assert found == replace(REQUEST, number=12, state=State.MERGED, conflict=True)


def test_the_variables_of_a_merge_request_on_gitlab(project: Path) -> None:
    variables = {
        "CI_COMMIT_SHA": "0" * 40,
        "CI_MERGE_REQUEST_IID": "7",
        "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME": "nettoyage",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "CI_MERGE_REQUEST_SOURCE_PROJECT_PATH": "student/titanic",
        "CI_MERGE_REQUEST_PROJECT_PATH": "school/titanic",
        "CI_DEFAULT_BRANCH": "main",
    }
    assert known(project, variables=variables).requests == (replace(REQUEST, number=7),)


def test_the_event_of_a_push_says_nothing_of_requests(project: Path) -> None:
    variables = {"GITHUB_SHA": "0" * 40, "GITHUB_REF": "refs/heads/nettoyage"}
    with pytest.raises(UnavailableHere):
        known(project, variables=variables, event='{"ref": "refs/heads/nettoyage"}')
