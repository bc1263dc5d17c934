"""The grader believes what it can compute itself: a reader that was taken over cannot tell it what it likes."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pygit2
import pytest

from checker.errors import UsageError
from checker.intake import frames
from checker.intake.bounds import BOUNDS, Bounds
from checker.intake.frames import BrokenFrame, Frame
from checker.intake.objects import BLOB, COMMIT, TREE, Malformed, commit_of, tree_items
from checker.intake.pack import PackWriter, _index
from checker.intake.receiving import NotBelieved, Receiver
from checker.intake.sentences import heard, told
from checker.intake.taken import Manifest
from checker.model import text
from checker.repository.repository import object_id
from tests.conftest import shell

CONTENT = b"x = 1\n"
FILE = object_id(BLOB, CONTENT)
FOLDER = b"100644 main.py\0" + bytes.fromhex(FILE)
START = b"tree " + object_id(TREE, FOLDER).encode() + b"\nauthor A <a@b> 1 +0000\ncommitter A <a@b> 1 +0000\n\nStart\n"
HEAD = object_id(COMMIT, START)


def manifest(**changes: Any) -> dict[str, Any]:
    honest: dict[str, Any] = {
        "head": HEAD,
        "branch": "main",
        "inner": "",
        "entries": [["main.py", "file", len(CONTENT), FILE]],
        "not_committed": [],
        "untracked": [],
        "ignored": [],
        "references": {"refs/heads/main": HEAD},
        "symbolic": {},
        "remotes": [],
        "shallow": [],
        "large": {},
        "absent": [],
        "notes": [],
    }
    return honest | changes


def said(*objects: tuple[bytes, bytes], **changes: Any) -> Callable[[BytesIO], None]:
    def write(pipe: BytesIO) -> None:
        frames.write(pipe, Frame.READY)
        for kind, content in objects or ((BLOB, CONTENT), (TREE, FOLDER), (COMMIT, START)):
            frames.write(pipe, Frame.OBJECT, kind, b" ", content)
        frames.write(pipe, Frame.MANIFEST, json.dumps(manifest(**changes)).encode())
        frames.write(pipe, Frame.DONE)

    return write


def received(write: Callable[[BytesIO], None], folder: Path, bounds: Bounds = BOUNDS) -> Manifest | None:
    pipe = BytesIO()
    write(pipe)
    pipe.seek(0)
    folder.mkdir(exist_ok=True)
    return Receiver(pipe.read, folder, bounds).manifest()


def test_what_is_said_honestly_is_believed(tmp_path: Path) -> None:
    found = received(said(), tmp_path / "pack")
    assert (found.head, found.branch, dict(found.references)) == (HEAD, "main", {"refs/heads/main": HEAD})
    assert [entry.path for entry in found.entries or ()] == ["main.py"]


@pytest.mark.parametrize(
    "objects",
    [
        [(b"tag", b"x")],
        [(b"", b"x")],
        [(COMMIT, b"tree x")],
        [(COMMIT, START.replace(b"committer", b"committed"))],
        [(TREE, FOLDER[:-1])],
        [(TREE, b"x" + FOLDER)],
        [(TREE, b"100644 \0" + bytes(20))],
    ],
)
def test_no_object_that_git_would_not_write(tmp_path: Path, objects: list[tuple[bytes, bytes]]) -> None:
    with pytest.raises(NotBelieved):
        received(said(*objects), tmp_path / "pack")


@pytest.mark.parametrize(
    "changes",
    [
        {"head": "0" * 40},
        {"head": FILE},
        {"head": ["x"]},
        {"branch": 3},
        {"branch": "a\0b"},
        {"branch": "x" * 30_000},
        {"inner": "../.."},
        {"entries": [["../main.py", "file", len(CONTENT), FILE]]},
        {"entries": [["/etc/passwd", "file", len(CONTENT), FILE]]},
        {"entries": [["main.py", "device", len(CONTENT), FILE]]},
        {"entries": [["main.py", "file", 3, FILE]]},
        {"entries": [["main.py", "file", 3, "0" * 40]]},
        {"entries": [["main.py", "file", True, FILE]]},
        {"entries": [["main.py", "file"]]},
        {"entries": "main.py"},
        {"large": {"0" * 40: -1}},
        {"large": {"x": 1}},
        {"absent": {}},
        {"absent": ["x"]},
        {"absent": [1]},
        {"shallow": ["../../x"]},
        {"remotes": ["xy", ["a", 1]]},
        {"notes": [["{x.__class__}", [["x", "1"]]]]},
        {"notes": [["{x}", []]]},
        {"references": []},
    ],
    ids=str,
)
def test_no_manifest_that_an_honest_reader_would_not_write(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(NotBelieved):
        received(said(**changes), tmp_path / "pack")


def test_a_reference_to_what_was_not_told_is_left_out(tmp_path: Path) -> None:
    found = received(said(references={"refs/heads/a": "0" * 40, "refs/heads/b": HEAD}), tmp_path / "pack")
    assert dict(found.references) == {"refs/heads/b": HEAD}


def test_no_more_than_the_bounds(tmp_path: Path) -> None:
    for bounds in (Bounds(data=20), Bounds(objects=2)):
        with pytest.raises(NotBelieved):
            received(said(), tmp_path / f"pack{bounds.data}{bounds.objects}", bounds)
    with pytest.raises(NotBelieved):
        received(said(ignored=["a", "b"]), tmp_path / "pack", Bounds(ignored=1))


@pytest.mark.parametrize(
    "raw",
    [
        b"R",
        b"X" + bytes(8),
        b"O" + b"\xff" * 8,
        b"M" + (1 << 40).to_bytes(8, "big"),
        b"O" + (100).to_bytes(8, "big") + b"blob ",
        b"D" + (1).to_bytes(8, "big") + b"x",
    ],
)
def test_no_frame_that_is_broken(tmp_path: Path, raw: bytes) -> None:
    with pytest.raises(BrokenFrame):
        received(lambda pipe: pipe.write(raw) and None, tmp_path / "pack")


@pytest.mark.parametrize("content", [b"", b"[]", b"[1, 2]", b"[" * 100_000, b'[["{a.b}", [["a", "x"]]], ["x", []]]'])
def test_no_refusal_of_other_words(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(NotBelieved):
        received(lambda pipe: frames.write(pipe, Frame.REFUSED, content), tmp_path / "pack")


def test_a_refusal_is_handed_on(tmp_path: Path) -> None:
    sentence = text("The repository holds several projects: {folders}.", folders=("a", "b"))
    content = json.dumps([told(sentence), told(text("No."))]).encode()
    with pytest.raises(UsageError, match="several projects: a, b"):
        received(lambda pipe: frames.write(pipe, Frame.REFUSED, content), tmp_path / "pack")


@pytest.mark.parametrize("template", ["{x!r}", "{x:>10}", "{0}", "{}", "{x[0]}", "{x.y}", "{x", "x}", "{X}"])
def test_a_template_has_plain_placeholders(template: str) -> None:
    with pytest.raises(ValueError, match="no template"):
        heard([template, [["x", "1"]]])


def test_a_sentence_survives_the_pipe() -> None:
    sentence = text("{path}: {count}, {names}", path="caf\udce9", count=3, names=("a", "b"))
    assert heard(json.loads(json.dumps(told(sentence)))) == sentence


def test_the_pack_is_as_git_reads_it(tmp_path: Path) -> None:
    git = pygit2.init_repository(str(tmp_path / "git"), bare=True)
    pack = PackWriter(tmp_path / "git/objects/pack")
    contents = [bytes([number % 256]) * (number * 37) for number in range(300)] + [os.urandom(1_000_000), b""]
    for content in contents:
        pack.add(BLOB, object_id(BLOB, content), content)
    pack.finish()
    assert {bytes(git[object_id(BLOB, content)].data) for content in contents} == set(contents)
    shell("git fsck --full", tmp_path / "git")


def test_large_offsets_have_a_table_of_their_own() -> None:
    made = _index({"00" * 20: (12, 1), "ff" * 20: ((1 << 31) + 5, 2)}, bytes(20))
    assert made[8 + 1024 + 40 + 8 :][:16] == (12).to_bytes(4, "big") + (1 << 31).to_bytes(4, "big") + (
        (1 << 31) + 5
    ).to_bytes(8, "big")


def test_parsing() -> None:
    assert commit_of(START) == (object_id(TREE, FOLDER), ())
    assert [(item.mode, item.name, item.id) for item in tree_items(FOLDER)] == [(0o100644, b"main.py", FILE)]
    with pytest.raises(Malformed):
        commit_of(b"")
