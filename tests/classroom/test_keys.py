"""Keys are plain file names, each once, whatever they are made of."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.classroom.keys import plain_key


@pytest.mark.parametrize(
    ("words", "key"),
    [
        ("Ada-Lovelace", "ada-lovelace"),
        ("jean.dupont@école.fr", "jean-dupont-ecole-fr"),
        ("D'Œuvre Zoë", "d-oeuvre-zoe"),
        ("  ", "unnamed"),
        ("../../etc/passwd", "etc-passwd"),
        ("..", "unnamed"),
        ("-rf", "rf"),
        ("NUL", "nul-1"),
        ("com1", "com1-1"),
        ("&#x2f;&lt;", "x2f-lt"),
        ("王小明", "wang-xiao-ming"),
        ("a\x00b\nc", "a-b-c"),
        ("school/2026/team-1", "school-2026-team-1"),
    ],
)
def test_a_key_is_made_of_words(words: str, key: str) -> None:
    assert plain_key(words, ()) == key


def test_a_key_that_is_taken_gets_a_number() -> None:
    taken: list[str] = []
    for words in ("jean.dupont", "Jean-Dupont", "jean_dupont"):
        taken.append(plain_key(words, taken))
    assert taken == ["jean-dupont", "jean-dupont-2", "jean-dupont-3"]


@settings(derandomize=True)
@given(st.text(max_size=400), st.sets(st.from_regex(r"[a-z]{1,3}(-[2-4])?", fullmatch=True)))
def test_a_key_is_a_plain_file_name(words: str, taken: set[str]) -> None:
    key = plain_key(words, taken)
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", key)
    assert len(key) <= 60
    assert key not in taken


def test_a_long_name_costs_no_time() -> None:
    assert len(plain_key("é" * 10_000_000, ())) <= 60
