"""What ``checker cache`` tells of what is kept, and what it forgets."""

from __future__ import annotations

from pathlib import Path

import pytest

from checker.sandbox.cache.store import ResultStore, store_folder
from checker.sandbox.environments.builder import ENVIRONMENTS
from tests.command_line import Checker


@pytest.fixture
def folder() -> Path:
    """The cache, with one of each."""
    store = ResultStore(store_folder())
    store.put("a" * 64, b"x" * 300_000)
    environment = store.folder / ENVIRONMENTS / ("d" * 64)
    environment.mkdir(parents=True, mode=0o700)
    (environment / "ready").write_bytes(b"x" * 2_000_000)
    return store.folder


def test_what_is_kept_is_told(checker: Checker, folder: Path) -> None:
    said = checker("cache", "show")
    assert said.code == 0, said
    words = " ".join(said.out.split())
    assert "1 (0.3 of at most 256 MB)" in words
    assert "(1.9 MB)" in words


def test_nothing_is_kept_of_what_was_cleared(checker: Checker, folder: Path) -> None:
    said = checker("cache", "clear")
    assert said.code == 0, said
    assert "Runs forgotten: 1 (0.3 MB)" in said.out
    assert "Environments removed: 1.9 MB" in said.out
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) == 0
    assert "Environments" not in checker("cache", "show").out
