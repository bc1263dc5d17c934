"""Requests that go the wrong way, and right ones that look otherwise."""

from __future__ import annotations

from tests.mutants.model import CasesOf, Shell

_PULL_REQUEST = CasesOf("pull-request", base="1.9")

_RECORD = ".git/local-forge.json"
_WHY = "the command asks the service that hosts the repository"


def _changed(field: str, old: str, new: str) -> Shell:
    """The local forge's record with another value in one field."""
    change = f's#"{field}": {old}#"{field}": {new}#'
    return Shell(f"grep -q '\"{field}\": {old}' {_RECORD} && sed -i '{change}' {_RECORD}")


MUTANTS = (
    _PULL_REQUEST.mutant(
        "from the default branch",
        _changed("source_branch", '"nettoyage"', '"main"'),
        says="comes from main, the default branch",
        not_reproduced=_WHY,
    ),
    _PULL_REQUEST.mutant(
        "in conflict with its target",
        _changed("conflict", "[a-z]*", "true"),
        says="in conflict with main",
        not_reproduced=_WHY,
    ),
    _PULL_REQUEST.mutant(
        "closed without being merged",
        _changed("state", '"open"', '"closed"'),
        base="2.1",
        says="closed without being merged",
        not_reproduced=_WHY,
    ),
    _PULL_REQUEST.mutant(
        "to another branch",
        _changed("target_branch", '"main"', '"brouillon"'),
        says="goes to brouillon",
        not_reproduced=_WHY,
    ),
)

VARIANTS = (
    _PULL_REQUEST.variant("merged already", _changed("state", '"open"', '"merged"')),
    _PULL_REQUEST.variant(
        "within the own repository",
        _changed("target_repository", '"[^"]*"', '"student/titanic"'),
        advises="within your own repository",
    ),
    _PULL_REQUEST.variant(
        "from a branch of another name",
        _changed("source_branch", '"nettoyage"', '"travail"'),
        Shell("git branch -q -m nettoyage travail"),
    ),
)
