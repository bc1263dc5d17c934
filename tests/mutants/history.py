"""Where the work is, done wrong and done otherwise."""

from __future__ import annotations

from tests.mutants.model import CasesOf, Shell

_BRANCH = CasesOf("branch", base="1.1")

MUTANTS = (
    _BRANCH.mutant(
        "all work on main",
        Shell("git branch -f main HEAD && git switch -q main && git branch -q -D nettoyage"),
        base="1.4",
        says="on main: ",
    ),
    _BRANCH.mutant(
        "merged into main and the branch deleted",
        Shell("git switch -q main && git merge -q --no-ff --no-edit nettoyage && git branch -q -D nettoyage"),
        base="1.2",
        says="git switch -c nettoyage",
    ),
    _BRANCH.mutant(
        "the only branch called master",
        Shell("git branch -q -m nettoyage master && git branch -q -D main"),
        says="on master: ",
    ),
)

VARIANTS = (
    _BRANCH.variant(
        "a branch of another name", Shell("git branch -q -m nettoyage travail"), base="1.4", advises="yours is travail"
    ),
    _BRANCH.variant(
        "a branch without a commit yet",
        Shell("git switch -q main && git branch -q -D nettoyage && git switch -q -c nettoyage"),
        base="1.0",
        commit=False,
    ),
    _BRANCH.variant("a detached head at the branch", Shell("git checkout -q --detach"), commit=False),
    _BRANCH.variant("the default branch is called master", Shell("git branch -q -m main master")),
    _BRANCH.variant("judged on main while the work is elsewhere", Shell("git switch -q main"), commit=False),
)
