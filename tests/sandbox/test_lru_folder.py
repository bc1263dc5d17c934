"""One folder with bounds: who may have written it, and what goes first."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checker.sandbox.cache.lru_folder import Entry, LruFolder
from checker.sandbox.environments.builder import Environments

KEPT = [Entry("new", 40, 9), Entry("old", 30, 1), Entry("middle", 20, 5)]


def gone(most: int, number: int | None = None, left: float = 1.0) -> list[str]:
    return [entry.name for entry in LruFolder(Path("/nowhere"), most, number, left).surplus(KEPT)]


def test_the_longest_unused_go_first_and_no_more_than_has_to() -> None:
    assert gone(90) == []
    assert gone(89) == ["old"]
    assert gone(59) == ["old", "middle"]
    assert gone(39) == ["old", "middle", "new"]


def test_a_number_of_entries_is_a_bound_of_its_own() -> None:
    assert gone(1000, number=3) == []
    assert gone(1000, number=2) == ["old"]
    assert gone(59, number=2) == ["old", "middle"]


def test_some_room_is_left_once_anything_has_to_go() -> None:
    assert gone(90, left=0.5) == []
    assert gone(89, left=0.5) == ["old", "middle"]


def test_the_folder_is_made_for_its_owner_only(tmp_path: Path) -> None:
    place = LruFolder(tmp_path / "a" / "b", 1)
    with pytest.raises(FileNotFoundError), place.opened():
        pass
    with place.opened(make=True) as folder:
        assert os.fstat(folder).st_mode & 0o777 == 0o700


@pytest.mark.parametrize("kind", ["a link", "writable by others"])
def test_a_folder_of_anybody_else_is_not_touched(kind: str, tmp_path: Path) -> None:
    folder = tmp_path / "environments"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    if kind == "a link":
        folder.symlink_to(elsewhere)
    else:
        folder.mkdir()
        folder.chmod(0o777)
    (folder / "fetched").mkdir()
    (folder / "fetched" / "wheel").write_text("x", encoding="utf-8")
    with pytest.raises(OSError, match=r".+"), LruFolder(folder, 1).opened(make=True):
        pass
    assert Environments(folder).clear() == 0
    assert (folder / "fetched" / "wheel").exists()
