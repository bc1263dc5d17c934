"""The rules of ignore files are matched as git matches them, in bounded time."""

from __future__ import annotations

import subprocess
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from checker.evidence.repository.ignore_rules import decisions
from checker.facts.tree import Tree
from checker.ignore_patterns import lines_of, pattern_of
from checker.work_tree_states import ignores
from tests.conftest import shell

PIECES = [
    "a", "b", "ab", "*", "**", "?", "/", "**/", "/**", "[", "]", "[a-b]", "[!a]", "[^ab]", "[]a]", "[a-]",
    "[[:alpha:]]", "[[:x:]]", "\\*", "\\", "!", "-", " ", ".", "\t", "\r", "\x0b", "\x0c", "#", "\u00e9",
]  # fmt: skip
PATHS = [
    "a", "b", "ab", "a/b", "a/a/b", "ab/a", "b/ab/a", "a.b", "x/y/z/b", "aab", "a b", "a\x0b", "\x0ca", "-", "]", "[",
    "*", "ba/ab", "abab/b/a", "aa/b", "ab/b/b", "\u00e9", "a/\u00e9/b", "#", "!a", "a\t",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository in which only the rules change."""
    made = tmp_path_factory.mktemp("patterns")
    shell("git init -q && mkdir a", made)
    return made


@settings(max_examples=60, derandomize=True, database=None)
@given(
    st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=6).map("".join), min_size=1, max_size=3),
    st.lists(st.lists(st.sampled_from(PIECES), min_size=1, max_size=4).map("".join), max_size=2),
)
def test_the_patterns_are_those_of_git(folder: Path, root: list[str], below: list[str]) -> None:
    files = {".gitignore": "\n".join(root), "a/.gitignore": "\n".join(below)}
    for path, content in files.items():
        (folder / path).write_bytes(content.encode())
    asked = subprocess.run(
        ["git", "check-ignore", "--no-index", "-z", "--stdin"],
        cwd=folder,
        input="\0".join(path for path in PATHS if path != "a").encode(),
        capture_output=True,
    )
    expected = {path for path in asked.stdout.decode().split("\0") if path}
    seen = decisions(Tree.of(files), PATHS)
    assert {path for path in PATHS if seen[path] and path != "a"} == expected
    alone = {path for path in PATHS if path != "a" and ignores(folder, Path("/none"), path, folder=False)}
    assert alone == expected


@pytest.mark.parametrize(
    "line",
    [
        b"*a" * 2000,
        b"**/a/" * 800 + b"b",
        b"[a-z]*" * 600 + b"!",
        b"*[!x]" * 800 + b"y",
        b"**/" * 1300 + b"*b",
        b"a*" * 1000 + b"/" + b"*a" * 1000 + b"b",
        b"*" * 4000 + b"b",
        b"?" * 4000,
        b"[" * 4000,
        b"[[:" * 1300,
    ],
    ids=lambda line: line[:12].decode(),
)
def test_the_worst_patterns_end_soon(line: bytes) -> None:
    started = time.process_time()
    pattern = pattern_of(line)
    for part in (b"a" * 255, b"ab" * 127):
        for parts in ([part] * 16, [b"a"] * 2000, [part * 16]):
            if pattern is not None:
                pattern.matches(parts, folder=False)
    assert time.process_time() - started < 2


def test_five_thousand_of_the_worst_rules_end() -> None:
    rules = "\n".join(f"*a*{number}*[a-z]*b" for number in range(5000))
    started = time.process_time()
    seen = decisions(Tree.of({".gitignore": rules}), [f"{'a' * 60}/{'ab' * 30}/{number}.py" for number in range(50)])
    assert not any(seen.values())
    assert time.process_time() - started < 20


@pytest.mark.parametrize("rule", ["\x0bx", "x\x0c", "!\x0b", "/\x0b"])
@pytest.mark.timeout(20)
def test_a_form_feed_is_a_character_like_any_other(rule: str) -> None:
    seen = decisions(Tree.of({".gitignore": f"{rule}\ndata/\n"}), ["data/x", "\x0bx", "x\x0c", "main.py"])
    assert seen["data/x"] is not None
    assert seen["main.py"] is None
    assert (seen["\x0bx"] is not None) == (rule == "\x0bx")
    assert (seen["x\x0c"] is not None) == (rule == "x\x0c")


def test_lines() -> None:
    content = b"\xef\xbb\xbfa\r\n\n#b\n\\#c\nd\0e\nf"
    assert list(lines_of(content)) == [(1, b"a"), (4, b"\\#c"), (5, b"d"), (6, b"f")]
