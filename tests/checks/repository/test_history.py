"""The check of step 1.0, on histories made by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest

from checker.course import load
from checker.facts.history import Branch, Commit, History
from checker.facts.tree import Tree
from checker.model import Passed, ToDo, Unavailable, Verdict
from checker.testing import verdict_of
from tests.verdicts import failed, passed

COURSE = load().course


def commit(message: str, *, own: bool = True) -> Commit:
    identity = f"{abs(hash(message)):040x}"[:40]
    return Commit(identity, (), "A Student", 0, message, own, lambda: Tree.of({}))


START = commit("Start", own=False)
CLEAN = History(
    commits=(START,),
    branches=(Branch("main", None, START.id, 0),),
    branch="main",
    default_branch="main",
    start=START.id,
)


def judged(history: History) -> Verdict:
    return verdict_of("branch", history, COURSE)


def with_work(history: History, *messages: str) -> History:
    work = tuple(commit(message) for message in messages)
    return replace(history, commits=(*work, *history.commits))


def test_nothing_yet__to_do__names_the_command() -> None:
    verdict = judged(CLEAN)
    assert isinstance(verdict, ToDo)
    assert "git switch -c nettoyage" in str(verdict.what)


def test_a_branch_without_a_commit_passes() -> None:
    verdict = passed(judged(replace(CLEAN, branch="nettoyage")))
    assert verdict.advice == ()
    assert "nettoyage" in str(verdict.message)


def test_another_name_is_advice() -> None:
    verdict = passed(judged(replace(CLEAN, branch="travail")))
    assert "calls the branch nettoyage; yours is travail" in str(verdict.advice[0].message)


def test_a_branch_that_was_made_and_not_entered_is_to_do() -> None:
    branches = (*CLEAN.branches, Branch("nettoyage", None, START.id, 0), Branch("dev", "origin", START.id, 0))
    verdict = judged(replace(CLEAN, branches=branches))
    assert isinstance(verdict, ToDo)
    assert "git switch nettoyage" in str(verdict.what)


def test_work_on_the_default_branch_alone_fails() -> None:
    verdict = failed(judged(with_work(CLEAN, "Mend the notebook", "Write functions")))
    assert "on main: 2; on other branches: none" in str(verdict.actual)
    assert "git switch -c nettoyage" in str(verdict.hint)
    assert "git branch --all" in verdict.reproduce
    assert verdict.details["own_commits"] == 2


def test_work_on_another_branch_counts_where_the_default_is_judged() -> None:
    history = with_work(CLEAN, "Mend")
    branches = (Branch("main", None, "a", 1), Branch("nettoyage", "origin", "b", 3))
    assert "nettoyage holds work" in str(passed(judged(replace(history, branches=branches))).message)


def test_a_commit_on_no_branch_cannot_be_judged() -> None:
    verdict = judged(replace(CLEAN, branch=None))
    assert isinstance(verdict, Unavailable)
    assert "git switch nettoyage" in str(verdict.remedy)


def test_a_shallow_clone_of_the_default_branch_cannot_be_judged() -> None:
    history = replace(with_work(CLEAN, "Mend"), shallow=True, start=None)
    verdict = judged(history)
    assert isinstance(verdict, Unavailable)
    assert "--unshallow" in str(verdict.remedy)
    assert isinstance(judged(replace(history, branch="nettoyage")), Passed)


def test_a_token_in_a_remote_is_named() -> None:
    verdict = judged(replace(CLEAN, branch="nettoyage", revealing=("origin",)))
    assert "remote origin holds a token" in str(verdict.advice[0].message)


@pytest.mark.parametrize("message", ["update", "wip", "fix.", "Add files via upload", "Update main.py", "step 3", "…"])
def test_messages_that_say_nothing_are_advice(message: str) -> None:
    assert message in str(passed(judged(with_work(replace(CLEAN, branch="nettoyage"), message))).advice[0].message)


@pytest.mark.parametrize(
    "message",
    [
        "Move the notebook's code into functions",
        "Corrige le chemin des données",
        "Lit les données sur S3",
        "Ignore data",
    ],
)
def test_messages_that_say_something_are_left_alone(message: str) -> None:
    assert judged(with_work(replace(CLEAN, branch="nettoyage"), message)).advice == ()


def test_one_message_for_all_is_advice() -> None:
    verdict = judged(with_work(replace(CLEAN, branch="nettoyage"), *["Improve the project a little"] * 3))
    assert "same message" in str(verdict.advice[0].message)
