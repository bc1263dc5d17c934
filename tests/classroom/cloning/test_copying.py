"""A folder or an archive as the source: taken in as a stranger's, never given to git where it lies."""

from __future__ import annotations

import hashlib
import os
import shutil
import time
from pathlib import Path

import pytest

from checker.classroom.class_file import DeadlineTable, LateTable
from checker.classroom.cloning.bounds import FetchBounds
from checker.classroom.counting import counting_commit
from checker.classroom.records import ClassRepository, Forked
from checker.open_submission import open_submission
from checker.repository.bounds import HUGE
from tests.classroom.cloning.conftest import Fetching, commit
from tests.classroom.cloning.test_fetching import said
from tests.conftest import shell


def test_a_folder_becomes_a_repository_of_ours(fetching: Fetching, work: Path) -> None:
    shell("git switch -q nettoyage && git tag -a v1 -m One", work)
    shell("git remote set-head origin main", work)
    (work / "main.py").write_text("not committed\n", encoding="utf-8")
    found = fetching.one(str(work))
    tip = shell("git rev-parse nettoyage", work).strip()
    assert (found.fetched.tip, found.fetched.branch, found.fetched.default_branch) == (tip, "nettoyage", "main")
    assert found.uncommitted == 1
    with (
        open_submission(work, commit=tip, own=False) as there,
        open_submission(fetching.place(), commit=tip, own=False) as here,
    ):
        assert here.tree().id == there.tree().id
        assert here.references() == there.references()
        assert here.remotes() == there.remotes()
        assert here.symbolic("refs/remotes/origin/HEAD") == "refs/remotes/origin/main"
        assert [one.id for one in here.commits(tip)] == [one.id for one in there.commits(tip)]
    assert not fetching.one(str(work)).new
    given = (fetching.order.repositories, fetching.known["one"])
    assert counting_commit(*given, Forked(), DeadlineTable(), LateTable()).commit == tip


def test_the_branch_may_be_one_of_origin(fetching: Fetching, work: Path, tmp_path: Path) -> None:
    shell(f"git clone -q {tmp_path}/forge/work.git clone", tmp_path)
    found = fetching.one(str(tmp_path / "clone"), branch="nettoyage").fetched
    assert found.tip == shell("git rev-parse nettoyage", work).strip()
    assert fetching.one(str(tmp_path / "clone")).fetched.branch == "main"
    assert "no commit" in said(fetching.one(str(tmp_path / "clone"), branch="none").fetched.problem)


def test_a_new_state_has_a_new_place_and_the_old_one_goes_later(fetching: Fetching, work: Path) -> None:
    fetching(ClassRepository(key="one", source=str(work)), ClassRepository(key="one.two", source=str(work)))
    first = fetching.place()
    other = fetching.place("one.two")
    commit(work, "more.py")
    assert fetching.one(str(work)).new
    assert fetching.place() != first
    assert first.is_dir()  # it may be graded from at this moment
    shutil.copytree(first, first.with_name(f"{first.name}.new"))
    fetching.one(str(work))
    assert not first.exists()
    assert not first.with_name(f"{first.name}.new").exists()
    assert other.is_dir()


def test_the_git_folder_of_a_stranger_is_not_obeyed(fetching: Fetching, work: Path, tmp_path: Path) -> None:
    trap = f"touch {tmp_path}/trapped"
    for name, value in {
        "core.fsmonitor": trap,
        "core.sshCommand": trap,
        "core.hooksPath": str(tmp_path),
        "uploadpack.packObjectsHook": trap,
        "filter.x.clean": trap,
        "remote.origin.uploadpack": trap,
        "remote.origin.promisor": "true",
        "include.path": str(tmp_path / "secret"),
        "remote.a b.url": "x",
        'remote.a"]b.url': "x",
    }.items():
        shell(f"git config '{name}' '{value}'", work)
    (tmp_path / "secret").write_text('[remote "s"]\n\turl = https://token@example.org/x\n', encoding="utf-8")
    for hook in ("post-checkout", "pre-auto-gc", "reference-transaction", "fsmonitor-watchman"):
        (work / ".git/hooks" / hook).write_text(f"#!/bin/sh\n{trap}\n", encoding="utf-8")
        (work / ".git/hooks" / hook).chmod(0o755)
    (work / ".gitattributes").write_text("* filter=x\n", encoding="utf-8")
    assert fetching.one(str(work)).fetched.problem is None
    assert not (tmp_path / "trapped").exists()
    assert not (fetching.place() / "hooks").exists()
    configuration = (fetching.place() / "config").read_text(encoding="utf-8")
    assert "touch" not in configuration
    assert "token" not in configuration
    shell("git fsck --strict", fetching.place())


def test_what_leads_to_a_classmate_is_refused(fetching: Fetching, work: Path, tmp_path: Path) -> None:
    thief = tmp_path / "thief"
    thief.mkdir()
    (thief / ".git").write_text(f"gitdir: {work}/.git\n", encoding="utf-8")
    assert ".git is a file" in said(fetching.one(str(thief)).fetched.problem)
    within = work / "folder"
    within.mkdir()
    assert "no repository" in said(fetching.one(str(within)).fetched.problem)


def test_an_archive_is_copied_whole(fetching: Fetching, work: Path, tmp_path: Path) -> None:
    shell("tar czf work.tar.gz work", tmp_path)
    source = tmp_path / "work.tar.gz"
    found = fetching.one(str(source))
    content = source.read_bytes()
    assert found.fetched.tip == hashlib.sha256(content).hexdigest()
    assert fetching.place().read_bytes() == content
    assert fetching.place().name.endswith(".tar.gz")
    with open_submission(fetching.place(), own=False) as repository:
        assert "titanic.ipynb" in repository.tree()
    assert not fetching.one(str(source)).new
    (work / "new.py").write_text("", encoding="utf-8")
    shell("tar czf work.tar.gz work", tmp_path)
    assert fetching.one(str(source)).new
    assert "more than" in said(fetching.one(str(source), bounds=FetchBounds(archive=1000)).fetched.problem)
    assert not list(fetching.order.repositories.glob("*.new"))


@pytest.mark.timeout(30)
def test_what_is_neither_is_one_row(fetching: Fetching, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "notes.txt").write_text("hello", encoding="utf-8")
    (tmp_path / "loop").symlink_to("loop")
    (tmp_path / "plain").mkdir()
    started = time.monotonic()
    found = fetching(*(str(tmp_path / name) for name in ("notes.txt", "gone", "plain", "loop", "pipe")))
    assert time.monotonic() - started < 20
    assert "neither a folder nor" in said(found["r0"].fetched.problem)
    assert "There is no" in said(found["r1"].fetched.problem)
    assert "zip archive" in said(found["r2"].fetched.problem)
    assert all(one.fetched.tip is None for one in found.values())


@pytest.mark.slow
def test_a_file_that_is_never_read_is_none_that_is_missing(fetching: Fetching, work: Path) -> None:
    """More than a hundred megabytes: listed as such, and graded without its content, as from the folder itself."""
    shell("git config core.compression 0", work)
    with (work / "huge.bin").open("wb") as file:
        file.truncate(HUGE + 5)
    tip = commit(work, "own.py", push=False)
    assert fetching.one(str(work)).bytes < 10_000_000
    with open_submission(fetching.place(), commit=tip, own=False) as repository:
        entry = repository.tree().entries["huge.bin"]
        assert (entry.size, entry.absent) == (HUGE + 1, True)
        assert repository.tree().fetch(entry) == b""
