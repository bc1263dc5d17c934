"""The check of build artifacts, on facts made by hand."""

from __future__ import annotations

from checker.facts.hygiene import Clutter, Unclean
from checker.model import Location
from checker.testing import verdict_of
from tests.verdicts import advised, failed, passed

# clean-tree


def test_a_clean_tree_passes_and_editors_are_advice() -> None:
    verdict = passed(verdict_of("clean-tree", Clutter((), editors=(".vscode",))))
    assert ".vscode holds the settings of your editor" in advised(verdict)


def test_what_programs_made_fails__grouped_by_folder() -> None:
    facts = Clutter(
        (
            Unclean(".venv", "virtual environment", "/.venv/", 30_000),
            Unclean("src/__pycache__", "byte-code", "__pycache__/", 3),
            Unclean(".DS_Store", "files of macOS", ".DS_Store"),
        )
    )
    verdict = failed(verdict_of("clean-tree", facts))
    assert ".venv (virtual environment, 30000 files), src/__pycache__ (byte-code, 3 files)" in str(verdict.actual)
    assert "git rm -r -q --cached .venv src/__pycache__ .DS_Store" in str(verdict.hint)
    assert "/.venv/, __pycache__/, .DS_Store" in str(verdict.hint)
    assert verdict.where[0] == Location(".venv")
