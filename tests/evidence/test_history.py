"""Where a student began, which commits are theirs, and on which branch they are."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from checker.absences import UnavailableHere
from checker.course import load
from checker.evidence.repository.history import history, scrubbed
from checker.facts.history import History
from checker.facts.submission import Submission
from checker.open_submission import open_submission
from checker.submission_defaults import Defaults
from tests.conftest import shell
from tests.repositories import commit_all


@pytest.fixture(autouse=True, params=[True, False], ids=["own", "taken in"])
def own(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Both ways in give the same history."""
    monkeypatch.setattr("checker.open_submission.is_own_work_tree", lambda _path: request.param)
    return bool(request.param)


COURSE = load().course


@pytest.fixture
def upstream(tmp_path: Path) -> Path:
    """The starting repository, with one commit."""
    folder = tmp_path / "upstream"
    folder.mkdir()
    work(folder, "Starter", "titanic.ipynb")
    return folder


@pytest.fixture
def fork(upstream: Path, tmp_path: Path) -> Path:
    """A clone of it, as ``git clone`` makes one."""
    shell(f"git clone -q {upstream} fork", tmp_path)
    return tmp_path / "fork"


def work(folder: Path, message: str, path: str = "main.py") -> None:
    (folder / path).write_text(message, encoding="utf-8")
    commit_all(folder, message)


def seen(folder: Path, *, commit: str | None = None, said: Defaults | None = None, **setting: object) -> History:
    with open_submission(folder, commit=commit) as repository:
        return history(repository, COURSE, Submission(path=Path(), **setting), said or Defaults())  # type: ignore[arg-type]


def subjects(found: History) -> list[str]:
    return [commit.subject for commit in found.own]


def test_a_fresh_clone_has_nothing_of_ones_own(fork: Path) -> None:
    found = seen(fork)
    assert (found.branch, found.default_branch, subjects(found)) == ("main", "main", [])


def test_a_branch_with_work(fork: Path) -> None:
    shell("git switch -q -c nettoyage", fork)
    work(fork, "One")
    work(fork, "Two")
    found = seen(fork)
    assert (found.branch, found.default_branch) == ("nettoyage", "main")
    assert subjects(found) == ["Two", "One"]
    assert {branch.name: branch.own_commits for branch in found.branches if branch.remote is None} == {
        "main": 0,
        "nettoyage": 2,
    }


def test_commits_read_their_own_state(fork: Path) -> None:
    work(fork, "One")
    work(fork, "Two")
    with open_submission(fork) as repository:
        found = history(repository, COURSE, Submission(path=Path()), Defaults())
        assert [commit.tree().read("main.py") for commit in found.own] == [b"Two", b"One"]


def starter_tree(folder: Path) -> str:
    """The hash of the starter's files without .checker.yml, as git itself makes it."""
    shell("git rm -q --cached .checker.yml", folder)
    tree = shell("git write-tree", folder).strip()
    shell("git reset -q", folder)
    return tree


def test_the_starter_is_known_by_its_files_whatever_came_before(tmp_path: Path) -> None:
    work(tmp_path, "Something of before", "README.md")
    (tmp_path / "titanic.ipynb").write_text("{}", encoding="utf-8")
    work(tmp_path, "Starter", ".checker.yml")
    said = Defaults(starter_tree=starter_tree(tmp_path))
    work(tmp_path, "Mine")
    found = seen(tmp_path, said=said)
    assert subjects(found) == ["Mine"]
    assert found.start == found.commits[1].id


def test_the_starter_is_known_when_its_record_was_deleted_since(tmp_path: Path) -> None:
    shell("git init -q -b main", tmp_path)
    (tmp_path / "titanic.ipynb").write_text("{}", encoding="utf-8")
    shell("git add -A", tmp_path)
    tree = shell("git write-tree", tmp_path).strip()
    (tmp_path / ".checker.yml").write_text(f"starter_tree: {tree}\n", encoding="utf-8")
    shell("git add -A && git commit -q -m Starter", tmp_path)
    shell("git rm -q .checker.yml && git commit -q -m Mine", tmp_path)
    assert subjects(seen(tmp_path)) == ["Mine"]


def test_a_hash_that_nothing_has_changes_nothing(fork: Path) -> None:
    work(fork, "One")
    assert subjects(seen(fork, said=Defaults(starter_tree=hashlib.sha1(b"x").hexdigest()))) == ["One"]


def test_what_the_upstream_did_since_is_not_the_students(upstream: Path, fork: Path) -> None:
    shell("git remote rename origin upstream && git switch -q -c nettoyage", fork)
    work(fork, "Mine")
    work(upstream, "Theirs", "README.md")
    shell("git fetch -q upstream && git merge -q --no-edit upstream/main", fork)
    found = seen(fork)
    assert "Theirs" not in subjects(found)
    assert "Mine" in subjects(found)


def test_a_merged_request_leaves_the_work_to_the_student(upstream: Path, fork: Path) -> None:
    shell("git remote rename origin upstream && git switch -q -c nettoyage", fork)
    work(fork, "Mine")
    shell(f"git fetch -q {fork} nettoyage && git merge -q --no-ff --no-edit FETCH_HEAD", upstream)
    shell("git fetch -q upstream", fork)
    assert subjects(seen(fork)) == ["Mine"]


def test_the_upstream_is_known_by_its_name(fork: Path) -> None:
    shell("git remote set-url origin https://github.com/student/titanic.git", fork)
    shell("git remote add course git@github.com:School/Titanic.git", fork)
    shell("git update-ref refs/remotes/course/main main", fork)
    shell("git switch -q -c nettoyage", fork)
    work(fork, "Mine")
    assert seen(fork, said=Defaults(upstream="school/titanic")).start == shell("git rev-parse main", fork).strip()


def test_without_a_remote_the_first_commit_is_the_start(tmp_path: Path) -> None:
    work(tmp_path, "First")
    work(tmp_path, "Second")
    assert subjects(seen(tmp_path)) == ["Second"]


def test_a_shallow_clone_has_no_start(fork: Path, tmp_path: Path) -> None:
    work(fork, "One")
    work(fork, "Two")
    shell(f"git clone -q --depth 1 file://{fork} shallow", tmp_path)
    found = seen(tmp_path / "shallow")
    assert found.shallow
    assert found.start is None


# The default branch


def test_the_default_branch_is_what_the_remote_says(upstream: Path, tmp_path: Path) -> None:
    shell("git branch develop && git symbolic-ref HEAD refs/heads/develop", upstream)
    shell(f"git clone -q {upstream} fork", tmp_path)
    assert seen(tmp_path / "fork").default_branch == "develop"


def test_a_clone_of_one_branch_is_not_its_own_default(fork: Path, tmp_path: Path) -> None:
    shell("git switch -q -c nettoyage", fork)
    work(fork, "Mine")
    shell("git init -q --bare -b nettoyage hosted.git", tmp_path)
    shell(f"git push -q {tmp_path / 'hosted.git'} nettoyage", fork)
    shell(f"git clone -q {tmp_path / 'hosted.git'} again", tmp_path)
    found = seen(tmp_path / "again")
    assert (found.branch, found.default_branch) == ("nettoyage", "main")


def test_master_is_a_default_branch_too(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("First", encoding="utf-8")
    commit_all(tmp_path, "First", branch="master")
    assert seen(tmp_path).default_branch == "master"


# Continuous integration and detached heads


def test_a_pull_request_on_github(fork: Path) -> None:
    base = shell("git rev-parse HEAD", fork).strip()
    shell("git switch -q -c nettoyage", fork)
    work(fork, "Mine")
    head = shell("git rev-parse HEAD", fork).strip()
    shell("git checkout -q --detach main && git merge -q --no-ff --no-edit nettoyage", fork)
    shell("git branch -q -D nettoyage", fork)
    merged = shell("git rev-parse HEAD", fork).strip()
    event = {
        "pull_request": {
            "number": 4,
            "head": {"ref": "nettoyage", "sha": head, "repo": {"full_name": "student/titanic"}},
            "base": {"ref": "trunk", "sha": base, "repo": {"full_name": "school/titanic", "default_branch": "trunk"}},
        }
    }
    variables = {"GITHUB_SHA": merged, "GITHUB_HEAD_REF": "nettoyage", "GITHUB_REF": "refs/pull/4/merge"}
    found = seen(fork, variables=variables, event=json.dumps(event))
    assert (found.branch, found.default_branch) == ("nettoyage", "trunk")
    assert "Mine" in subjects(found)
    assert "Starter" not in subjects(found)


def test_a_push_on_github_and_a_pipeline_on_gitlab(fork: Path) -> None:
    shell("git switch -q -c travail", fork)
    work(fork, "Mine")
    head = shell("git rev-parse HEAD", fork).strip()
    shell("git checkout -q --detach && git branch -q -D travail", fork)
    github = {"GITHUB_SHA": head, "GITHUB_REF": "refs/heads/travail"}
    gitlab = {"CI_COMMIT_SHA": head, "CI_COMMIT_BRANCH": "travail", "CI_DEFAULT_BRANCH": "principal"}
    assert seen(fork, variables=github).branch == "travail"
    found = seen(fork, variables=gitlab)
    assert (found.branch, found.default_branch) == ("travail", "principal")


def test_the_service_says_nothing_of_another_commit(fork: Path) -> None:
    variables = {"GITHUB_SHA": "0" * 40, "GITHUB_REF": "refs/heads/elsewhere"}
    assert seen(fork, variables=variables).branch == "main"


@pytest.mark.parametrize("event", ["", "{", "[]", "null", "[" * 100_000, '{"pull_request": 3}', '{"repository": []}'])
def test_an_event_that_makes_no_sense(fork: Path, event: str) -> None:
    head = shell("git rev-parse HEAD", fork).strip()
    assert seen(fork, variables={"GITHUB_SHA": head}, event=event).branch == "main"


def test_a_detached_head_is_found_among_the_branches(fork: Path) -> None:
    shell("git switch -q -c nettoyage", fork)
    work(fork, "Mine")
    shell("git checkout -q --detach", fork)
    assert seen(fork).branch == "nettoyage"
    work(fork, "Nowhere")
    assert seen(fork).branch is None


def test_an_older_commit_is_found_on_its_branch(fork: Path) -> None:
    shell("git switch -q -c nettoyage", fork)
    work(fork, "One")
    work(fork, "Two")
    assert seen(fork, commit="HEAD~1").branch == "nettoyage"
    assert seen(fork, commit="nettoyage").branch == "nettoyage"


# Addresses


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("https://ghp_abcdefghijklmnopqrstuvwxyz0123456789@github.com/a/b.git", "https://***@github.com/a/b.git"),
        ("https://oauth2:secret@gitlab.com/a/b", "https://***@gitlab.com/a/b"),
        ("https://glpat-abcdef@gitlab.com/a/b", "https://***@gitlab.com/a/b"),
        ("https://someone@bitbucket.org/a/b", "https://someone@bitbucket.org/a/b"),
        ("git@github.com:a/b.git", "git@github.com:a/b.git"),
        ("ssh://git@github.com/a/b.git", "ssh://git@github.com/a/b.git"),
        ("/home/someone/b", "/home/someone/b"),
        ("https://[broken:token@host/a", "host/a"),
    ],
)
def test_an_address_is_shown_without_its_secret(url: str, shown: str) -> None:
    assert scrubbed(url) == shown


def test_a_token_in_a_remote_is_named_and_not_shown(fork: Path) -> None:
    token = "ghp_" + "a1B2" * 9
    shell(f"git remote set-url origin https://{token}@github.com/a/b.git", fork)
    found = seen(fork)
    assert found.revealing == ("origin",)
    assert token not in repr(found)


def test_an_archive_without_history_has_none(fork: Path, tmp_path: Path) -> None:
    shell(f"git archive -o {tmp_path / 'x.zip'} HEAD", fork)
    with pytest.raises(UnavailableHere, match="without its history"):
        seen(tmp_path / "x.zip")
