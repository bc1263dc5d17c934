"""Where the work is, done wrong and done otherwise."""

from __future__ import annotations

from tests.mutants.model import Mutant, Shell, Variant

MUTANTS = (
    Mutant(
        check="branch",
        name="all work on main",
        base="1.4",
        edits=(Shell("git branch -f main HEAD && git switch -q main && git branch -q -D nettoyage"),),
        says="on main: ",
    ),
    Mutant(
        check="branch",
        name="merged into main and the branch deleted",
        base="1.2",
        edits=(Shell("git switch -q main && git merge -q --no-ff --no-edit nettoyage && git branch -q -D nettoyage"),),
        says="git switch -c nettoyage",
    ),
    Mutant(
        check="branch",
        name="the only branch called master",
        base="1.1",
        edits=(Shell("git branch -q -m nettoyage master && git branch -q -D main"),),
        says="on master: ",
    ),
)

VARIANTS = (
    Variant(
        check="branch",
        name="a branch of another name",
        base="1.4",
        edits=(Shell("git branch -q -m nettoyage travail"),),
        advises="yours is travail",
    ),
    Variant(
        check="branch",
        name="a branch without a commit yet",
        base="1.0",
        edits=(Shell("git switch -q main && git branch -q -D nettoyage && git switch -q -c nettoyage"),),
        commit=False,
    ),
    Variant(
        check="branch",
        name="a detached head at the branch",
        base="1.1",
        edits=(Shell("git checkout -q --detach"),),
        commit=False,
    ),
    Variant(
        check="branch",
        name="the default branch is called master",
        base="1.1",
        edits=(Shell("git branch -q -m main master"),),
    ),
    Variant(
        check="branch",
        name="judged on main while the work is elsewhere",
        base="1.1",
        edits=(Shell("git switch -q main"),),
        commit=False,
    ),
)
