"""The student's own work tree, and the same folder taken in from a stranger, are the same submission."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from checker.open_submission import is_own_work_tree, open_submission
from checker.repository.repository import Repository
from tests.conftest import shell


def everything(repository: Repository) -> dict[str, Any]:
    """All that evidence may ask of a repository."""
    tree, head = repository.tree(), repository.head
    commits = list(repository.commits(head)) if head else []
    return {
        "tree": tree.id,
        "whole": repository.whole().id,
        "contents": {path: tree.fetch(entry) for path, entry in tree.entries.items()},
        "sizes": {path: entry.size for path, entry in tree.entries.items()},
        "head": head,
        "branch": repository.branch,
        "author": repository.author,
        "folder": repository.folder,
        "work_tree": repository.work_tree,
        "shallow": repository.shallow,
        "shallow_commits": sorted(repository.shallow_commits()),
        "remotes": repository.remotes(),
        "references": dict(repository.references()),
        "symbolic": {name: repository.symbolic(name) for name in (*repository.references(), "refs/heads/no")},
        "commits": commits,
        "first_parents": list(repository.first_parents(head)) if head else [],
        "reachable": [repository.reachable(target) for target in repository.references().values()],
        "merge_bases": [
            repository.merge_base(one, other)
            for one in repository.references().values()
            for other in repository.references().values()
        ],
        "trees": [repository.tree_of(commit.id).id for commit in commits],
        "old_contents": [
            (path, old.fetch(entry))
            for old in (repository.tree_of(commit.id) for commit in commits)
            for path, entry in old.entries.items()
        ],
        "tree_hashes": [repository.tree_hash(commit.id, leave_out=".checker.yml") for commit in commits],
        "not_committed": repository.not_committed,
        "untracked": repository.untracked,
        "dirty": repository.dirty,
        "ignored": sorted(repository.ignored(1000)),
        "ignored_here": [path for path in ("a.log", "data/x.csv", "main.py", "no") if repository.ignored_here(path)],
        "notes": repository.notes,
    }


def same_both_ways(path: Path, **asked: Any) -> dict[str, Any]:
    with open_submission(path, own=True, **asked) as own:
        expected = everything(own)
    with open_submission(path, own=False, **asked) as taken:
        assert taken.git_folder is None
        assert everything(taken) == expected
    return expected


@pytest.mark.parametrize("step", ["1.0", "1.5", "2.3"])
def test_a_solution(solution: Callable[[str], Path], step: str) -> None:
    assert same_both_ways(solution(step))["commits"]
    assert not same_both_ways(solution(step), commit="HEAD")["work_tree"]


def changed(project: Path) -> None:
    (project / ".gitignore").write_text("*.log\n/data/\n", encoding="utf-8")
    (project / "a.log").write_text("x", encoding="utf-8")
    (project / "data").mkdir()
    (project / "data/x.csv").write_text("x", encoding="utf-8")
    (project / "new.py").write_text("new", encoding="utf-8")
    (project / "new.py").chmod(0o755)
    (project / "train.csv").write_bytes(b"a,b\r\n1,2\r\n")
    (project / "main.py").unlink()
    (project / "link").symlink_to("/etc/passwd")
    shell("git add new.py", project)


def odd_names(project: Path) -> None:
    for name in (b"caf\xe9.py", b"-rf", b"a\nb", "\u202eexe.py".encode(), b"x" * 200):
        (project / os.fsdecode(name)).write_bytes(name)
    shell("git add -A && git commit -q -m Odd && git branch 'caf\u00e9' && git tag -a -m Tag v1", project)
    (project / os.fsdecode(b"new\xff.py")).write_bytes(b"x")


def merged(project: Path) -> None:
    shell("git switch -q main && echo 1 > other.txt && git add -A && git commit -q -m Other", project)
    shell("git merge -q --no-edit nettoyage && git gc -q && git remote add origin https://u:p@example.org/a/b", project)
    shell("git update-ref refs/remotes/origin/main HEAD~1", project)
    shell("git symbolic-ref refs/remotes/origin/HEAD refs/remotes/origin/main && git pack-refs --all", project)


def within(project: Path) -> None:
    shell("git init -q inner && cd inner && touch x && git add x && git commit -q -m x", project)
    shell("git init -q hollow && touch hollow/x", project)


def staged(project: Path) -> None:
    (project / "main.py").write_text("x = 2\n", encoding="utf-8")
    shell("git add main.py && git rm -q --cached train.csv && git mv titanic.ipynb notebook.ipynb", project)


def ill_configured(project: Path) -> None:
    shell("git config core.worktree /etc && git config core.excludesFile /etc/passwd", project)
    shell("git config include.path ../included && printf '[remote \"x\"]\\n\\turl = y\\n' > included", project)


def detached(project: Path) -> None:
    shell("git checkout -q --detach HEAD~1", project)


ODD = [changed, odd_names, merged, within, staged, detached]


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_an_odd_repository(project: Path, make: Callable[[Path], None]) -> None:
    make(project)
    same_both_ways(project)
    same_both_ways(project, commit="HEAD")


@pytest.mark.parametrize("make", ODD, ids=lambda make: make.__name__)
def test_without_libgit2s_reading_of_ignore_files(
    project: Path, make: Callable[[Path], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make(project)
    with open_submission(project, own=True) as repository:
        expected = everything(repository)
    monkeypatch.setattr("checker.repository.repository.endless_rules", lambda *_: True)
    with open_submission(project, own=True) as repository:
        assert everything(repository) == expected


def test_shallow(project: Path, tmp_path: Path) -> None:
    shell(f"git clone -q --depth 1 file://{project} shallow", tmp_path)
    assert same_both_ways(tmp_path / "shallow")["shallow"]


def test_bare(project: Path, tmp_path: Path) -> None:
    shell(f"git clone -q --bare {project} bare.git", tmp_path)
    assert not same_both_ways(tmp_path / "bare.git")["work_tree"]


def test_a_folder_of_the_project_is_named(project: Path) -> None:
    for name in ("one", "two"):
        (project / name).mkdir()
        (project / name / "titanic.ipynb").write_text("{}", encoding="utf-8")
    for name in ("titanic.ipynb", "main.py"):
        (project / name).unlink()
    assert same_both_ways(project / "two")["folder"] == "two"


@pytest.mark.parametrize("rule", [b"\x0b", b"\x0cx", b"!\x0b", b"a\x0bb"])
@pytest.mark.timeout(60)
@pytest.mark.parametrize("own", [True, False])
def test_a_rule_that_libgit2_never_comes_back_from(project: Path, rule: bytes, own: bool) -> None:
    (project / ".gitignore").write_bytes(b"*.log\n" + rule + b"\n/data/\n")
    for path in ("a.log", "\x0cx", "a\x0bb", "new.py"):
        (project / path).write_text("x", encoding="utf-8")
    by_git = shell("git -c core.quotePath=off status --porcelain -z -uall", project).split("\0")
    with open_submission(project, own=own) as repository:
        assert repository.untracked == {line[3:] for line in by_git if line.startswith("??")}
        assert "a.log" not in repository.tree()
        assert repository.ignored_here("a.log")


class TestWhoseWorkTree:
    def test_where_one_stands(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        (project / "src").mkdir()
        for place in (project, project / "src"):
            monkeypatch.chdir(place)
            assert is_own_work_tree(project)
            assert is_own_work_tree(project / "src")

    def test_not_from_elsewhere(self, project: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        assert not is_own_work_tree(project)

    def test_not_another_repository_within(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        shell("git init -q inner", project)
        monkeypatch.chdir(project)
        assert not is_own_work_tree(project / "inner")

    def test_not_anothers(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(project)
        monkeypatch.setattr("os.geteuid", lambda: os.getuid() + 1)
        assert not is_own_work_tree(project)

    def test_no_file(self, project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(project)
        assert not is_own_work_tree(project / "main.py")
        assert not is_own_work_tree(project / "nowhere")
