"""What is found in the layers of an image, and what is left alone."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checker.course import load
from checker.evidence.image import contents as search
from checker.evidence.image.contents import contents
from checker.evidence.image.simulated_build import dockerfile
from checker.facts.image import Contents, LayerFinding
from checker.facts.tree import Tree
from checker.sandbox.images.layers import Added, Layer, SearchTooLarge, files
from checker.sandbox.images.rewrite import rewritten

COURSE = load().course
TOKEN = "gh" + "p_" + "a1" * 18
KEY = "-----BEGIN " + "PRIVATE KEY-----\nabc\n"
PEOPLE = (Path(search.__file__).parents[2] / "courses" / "ensae-2022" / "data" / "train.csv").read_bytes()
RECIPE = "FROM python:3.11-slim\nWORKDIR /app\nCOPY main.py .\nRUN make it\nRUN rm -r it\nCMD python main.py\n"
COPY, RUN, LATER = 3, 4, 5
"""The steps of the recipe that we are given, whose first two are FROM and our label."""


def looked(folder: Path, *layers: tuple[int, dict[str, str | bytes]], **more: object) -> Contents:
    made = []
    for number, (step, held) in enumerate(layers):
        root = folder / str(number)
        for path, body in held.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(body if isinstance(body, bytes) else body.encode())
        made.append(Layer(str(root), step))
    image = dockerfile(Tree.of({"Dockerfile": RECIPE, "main.py": ""}))
    recipe = rewritten(image.instructions, image.stages, {}, ".x", "ours")
    return contents(Added(tuple(made), {}, (), **more), recipe, image, COURSE)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("app/settings.py", f"TOKEN = '{TOKEN}'\n"),
        ("root/.netrc", "machine x login y password z\n"),
        ("srv/.env", "TOKEN=abcdefgh\n"),
    ],
)
@pytest.mark.parametrize("step", [COPY, RUN], ids=["copied", "made"])
def test_a_secret_is_found_where_it_lies(path: str, body: str, step: int, tmp_path: Path) -> None:
    found = looked(tmp_path, (step, {path: body}))
    assert [(one.path, one.line) for one in found.secrets] == [(f"/{path}", step)]
    assert found.complete


def test_what_a_program_may_have_made_for_itself_is_not_sure(tmp_path: Path) -> None:
    assert looked(tmp_path / "a", (RUN, {"app/key.pem": KEY})).secrets == (
        LayerFinding("/app/key.pem", RUN, sure=False),
    )
    assert looked(tmp_path / "b", (COPY, {"app/key.pem": KEY})).secrets == (LayerFinding("/app/key.pem", COPY),)


@pytest.mark.parametrize(
    "path",
    [
        "usr/lib/python3.11/site-packages/tornado/test/test.key",
        "venv/pyvenv.cfg",
        "opt/conda/conda-meta/x",
        "root/.cache/uv/archive-v0/x/tornado/test/test.key",
        "packages/tornado-6.dist-info/METADATA",
        "etc/ssl/private/snakeoil.key",
        "usr/local/share/x",
        "var/lib/x/db",
        "root/python3.12/test/keycert.pem",
    ],
)
def test_libraries_and_the_system_are_left_alone(path: str, tmp_path: Path) -> None:
    assert looked(tmp_path, (RUN, {path: TOKEN, str(Path(path).parent / "part"): TOKEN})).secrets == ()


def test_the_folder_of_the_image_is_the_projects_own(tmp_path: Path) -> None:
    assert len(looked(tmp_path / "a", (RUN, {"app/pyvenv.cfg": "", "app/x": TOKEN})).secrets) == 1
    assert len(looked(tmp_path / "b", (COPY, {"etc/app/x": TOKEN})).secrets) == 1


def test_what_git_keeps(tmp_path: Path) -> None:
    held = {"app/.git/HEAD": "x", "app/.git/refs/x": "", "app/.git/objects/aa/b": TOKEN}
    config = f"[remote]\nurl = https://me:{TOKEN}@example.org/x\n"
    found = looked(tmp_path, (RUN, held | {"app/.git/config": config}))
    assert found.git == (LayerFinding("/app/.git", RUN),)
    assert [one.path for one in found.secrets] == ["/app/.git/config"]
    assert looked(tmp_path / "pointer", (COPY, {"app/.git": "gitdir: ../x\n"})).git == ()


def test_data_of_the_course_under_any_name(tmp_path: Path) -> None:
    found = looked(tmp_path, (COPY, {"app/list.txt": PEOPLE, "app/x.csv": "a,b\n1,2\n"}), (RUN, {"srv/p": PEOPLE}))
    assert {one.path for one in found.data} == {"/app/list.txt", "/app/x.csv", "/srv/p"}


def test_what_is_no_data(tmp_path: Path) -> None:
    held = {"app/tests/x.csv": "a,b\n1,2\n", "app/main.py": "print()\n", "app/empty.csv": ""}
    assert looked(tmp_path, (COPY, held), (RUN, {"srv/cache.db": b"SQLite format 3\0"})).data == ()


def test_what_is_removed_stays_in_its_layer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.sandbox.images.layers._is_mark", lambda found: found.st_size == 4)
    layers = (RUN, {"app/it/x": TOKEN, "app/items": TOKEN}), (LATER, {"app/it": "gone"})
    found = {one.path: one.removed for one in looked(tmp_path, *layers).secrets}
    assert found == {"/app/it/x": True, "/app/items": False}
    assert not any(one.removed for one in looked(tmp_path / "again", *layers, (LATER, {"app/it/x": TOKEN})).secrets)


def test_limits_end_the_search_and_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = {f"app/{number}": "x" for number in range(5)}
    monkeypatch.setattr(search, "_MOST_FILES", 3)
    assert not looked(tmp_path / "files", (COPY, held)).complete
    monkeypatch.undo()
    monkeypatch.setattr(search, "_MOST_READ", 3)
    assert not looked(tmp_path / "bytes", (COPY, held)).complete
    monkeypatch.undo()
    monkeypatch.setattr(search, "_SECONDS", -1.0)
    assert not looked(tmp_path / "time", (COPY, held)).complete


def test_layers_that_cannot_be_seen_are_not_searched() -> None:
    image = dockerfile(Tree.of({"Dockerfile": RECIPE, "main.py": ""}))
    recipe = rewritten(image.instructions, image.stages, {}, ".x", "ours")
    found = contents(Added(None, {"A": "b"}, ((f"|1 X={TOKEN} /bin/sh -c x", 4), ("COPY x", 3))), recipe, image, COURSE)
    assert not found.complete
    assert found.variables == {"A": "b"}
    assert found.keys == (4,)


# files of a layer


def every(_folder: str, _names: frozenset[str]) -> bool:
    return True


def test_nothing_leads_out_of_a_layer(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    root = tmp_path / "layer"
    root.mkdir()
    (root / "link").symlink_to(tmp_path / "secret")
    (root / "folder").symlink_to(tmp_path)
    os.mkfifo(root / "pipe")
    (root / "file").write_text("y")
    found = list(files(Layer(str(root), None), every, float("inf")))
    assert [one.path for one in found] == ["/file"]
    (root / "file").unlink()
    (root / "file").symlink_to(tmp_path / "secret")
    with pytest.raises(OSError, match="file"):
        found[0].read(10)


def test_names_are_only_names(tmp_path: Path) -> None:
    for name in (b"a\nb", b"\xff\xfe", "\u202ex".encode(), b"-rf", b"x" * 255):
        (tmp_path / os.fsdecode(name)).write_text("x")
    found = list(files(Layer(str(tmp_path), None), every, float("inf")))
    assert len(found) == 5
    assert {one.read(1) for one in found} == {b"x"}
    assert "/a\nb" in {one.path for one in found}


def test_a_folder_of_too_many_names_ends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.sandbox.images.layers._MOST_NAMES", 2)
    for name in "ab":
        (tmp_path / name).touch()
    with pytest.raises(SearchTooLarge):
        list(files(Layer(str(tmp_path), None), every, float("inf")))


def test_only_so_much_is_read(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("abc")
    (one,) = files(Layer(str(tmp_path), None), every, float("inf"))
    assert (one.size, one.read(2)) == (3, b"ab")
