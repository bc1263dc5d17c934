"""A check that was begun with ``tools/new_check.py`` has no blank left."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
BLANK = "FILL-" + "IN"


def blanks(folder: Path) -> list[str]:
    """The places of the blanks in the Python, the pages and the catalogues below *folder*."""
    return [
        f"{path.relative_to(ROOT)}:{number}"
        for path in sorted(folder.rglob("*"))
        if path.suffix in (".py", ".md", ".po") and "template" not in path.relative_to(folder).parts
        for number, line in enumerate(path.read_text(encoding="utf-8", errors="replace").splitlines(), 1)
        if BLANK in line
    ]


def test_every_blank_is_filled_in() -> None:
    assert [*blanks(ROOT / "checker"), *blanks(ROOT / "tests")] == []
