"""Requests that go the wrong way, and right ones that look otherwise."""

from __future__ import annotations

from tests.mutants.model import Mutant, Shell, Variant

_RECORD = ".git/local-forge.json"
_WHY = "the command asks the service that hosts the repository"


def _changed(field: str, old: str, new: str) -> Shell:
    """The local forge's record with another value in one field."""
    change = f's#"{field}": {old}#"{field}": {new}#'
    return Shell(f"grep -q '\"{field}\": {old}' {_RECORD} && sed -i '{change}' {_RECORD}")


MUTANTS = (
    Mutant(
        check="pull-request",
        name="from the default branch",
        base="1.9",
        edits=(_changed("source_branch", '"nettoyage"', '"main"'),),
        says="comes from main, the default branch",
        not_reproduced=_WHY,
    ),
    Mutant(
        check="pull-request",
        name="in conflict with its target",
        base="1.9",
        edits=(_changed("conflict", "[a-z]*", "true"),),
        says="in conflict with main",
        not_reproduced=_WHY,
    ),
    Mutant(
        check="pull-request",
        name="closed without being merged",
        base="2.1",
        edits=(_changed("state", '"open"', '"closed"'),),
        says="closed without being merged",
        not_reproduced=_WHY,
    ),
    Mutant(
        check="pull-request",
        name="to another branch",
        base="1.9",
        edits=(_changed("target_branch", '"main"', '"brouillon"'),),
        says="goes to brouillon",
        not_reproduced=_WHY,
    ),
)

VARIANTS = (
    Variant(
        check="pull-request",
        name="merged already",
        base="1.9",
        edits=(_changed("state", '"open"', '"merged"'),),
    ),
    Variant(
        check="pull-request",
        name="within the own repository",
        base="1.9",
        edits=(_changed("target_repository", '"[^"]*"', '"student/titanic"'),),
        advises="within your own repository",
    ),
    Variant(
        check="pull-request",
        name="from a branch of another name",
        base="1.9",
        edits=(_changed("source_branch", '"nettoyage"', '"travail"'), Shell("git branch -q -m nettoyage travail")),
    ),
)
