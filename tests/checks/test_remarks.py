"""Remarks: each is said where it should be, and not where it should not."""

from __future__ import annotations

from dataclasses import replace

from checker.checks import remarks
from checker.facts.code import Code
from checker.facts.history import Branch, Commit, History
from checker.facts.leftovers import Leftovers, RepositorySecret
from checker.facts.notebook import NotebookFile
from checker.facts.pinned_checker import PinnedChecker
from checker.facts.tree import Tree
from checker.locale import Speech
from checker.model import Advice, Location, text
from checker.needs import needs

NOTHING = Leftovers()
START = Commit("a" * 40, (), "School", 0, "Start", False, lambda: Tree.of({}))
MINE = Commit("b" * 40, (START.id,), "Student", 0, "Mend", True, lambda: Tree.of({}))
HISTORY = History(
    commits=(MINE, START),
    branches=(Branch("nettoyage", None, MINE.id, 1),),
    branch="nettoyage",
    default_branch="main",
    start=START.id,
)


def said(*advice: Advice) -> str:
    return " ".join(Speech("en").say(one.message) for one in advice)


def test_a_clean_submission_gets_no_remark() -> None:
    code = Code(files={}, main="main.py", substitute=False, modules=())
    notebook = NotebookFile("titanic.ipynb", ())
    same = PinnedChecker("0.1.0", "0.1.0")
    given = {Leftovers: NOTHING, History: HISTORY, Code: code, NotebookFile: notebook, PinnedChecker: same}
    for remark in remarks.REMARKS:
        assert remark(*(given[need.kind] for need in needs(remark))) == (), remark.__name__


def test_what_reading_met_is_passed_on() -> None:
    assert said(*remarks.what_reading_met(replace(NOTHING, notes=(text("Odd."),)))) == "Odd."


def test_modules_that_nothing_reaches() -> None:
    code = Code(files={}, main="main.py", substitute=False, modules=(), unreached=("old.py",))
    (advice,) = remarks.unreached_modules(code)
    assert "old.py" in said(advice)
    assert advice.where == (Location("old.py"),)


def test_other_notebooks() -> None:
    (advice,) = remarks.other_notebooks(NotebookFile("titanic.ipynb", (), others=("copy.ipynb",)))
    assert "copy.ipynb are not looked at" in said(advice)


def test_pointers() -> None:
    assert "Git LFS keeps" in said(*remarks.large_file_pointers(replace(NOTHING, pointers=("train.csv",))))


def test_each_conflict_has_a_remark_of_its_own() -> None:
    left = replace(NOTHING, conflicts=(Location("main.py", line=2), Location("n.ipynb", line=9)))
    first, second = remarks.conflict_markers(left)
    assert said(first).startswith("main.py:2: the marks of a merge conflict")
    assert second.where == (Location("n.ipynb", line=9),)


def test_secrets_by_kind_and_place() -> None:
    left = replace(
        NOTHING,
        secrets=(
            RepositorySecret("GitHub token", Location("main.py", line=3)),
            RepositorySecret("GitHub token", Location("src/a.py", line=1)),
            RepositorySecret("presigned link", Location("config.yaml", line=4)),
            RepositorySecret("AWS secret key", Location("old.py", line=1), "abcd1234"),
        ),
    )
    found = said(*remarks.secrets(left))
    assert "A GitHub token in main.py:3, src/a.py:1: whoever can read" in found
    assert "A presigned link in config.yaml:4: it expires" in found
    assert "An AWS secret key in an earlier commit (abcd1234, old.py:1)" in found


def test_the_branch_that_holds_the_work_is_named() -> None:
    branches = (Branch("main", None, START.id, 0), Branch("travail", "origin", "c" * 40, 5))
    history = replace(HISTORY, commits=(START,), branches=branches, branch="main")
    assert "git switch travail" in said(*remarks.work_on_another_branch(history))


def test_commits_of_the_starting_repository_are_not_the_students() -> None:
    history = replace(HISTORY, commits=(START, replace(START, id="d" * 40)))
    assert "The 2 commits here come from the starting repository" in said(*remarks.commits_of_others(history))
    assert remarks.commits_of_others(replace(HISTORY, commits=(START,))) == ()


def test_paths_that_clash_and_links_that_lead_away() -> None:
    left = replace(NOTHING, clashes=(("Main.py", "main.py"),), outward=("passwords",))
    found = said(*remarks.paths_that_clash(left))
    assert "Main.py, main.py differ in upper and lower case only" in found
    assert "passwords: a link" in found
