"""Rosters, written as schools write them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from checker.classroom.class_file import ForgeTable
from checker.classroom.roster.columns import Columns, columns_of
from checker.classroom.sheets.reading import read_sheet


@pytest.fixture
def columns(tmp_path: Path) -> Callable[..., Columns]:
    """The columns of a table of this text: ``columns("Nom;Courriel\\n…", "email=Courriel", encoding="cp1252")``."""

    def read(words: str, *asked: str, encoding: str = "utf-8", forge: ForgeTable | None = None) -> Columns:
        path = tmp_path / "roster.csv"
        path.write_bytes(words.encode(encoding))
        return columns_of(read_sheet(path).rows, forge or ForgeTable(), asked)

    return read
