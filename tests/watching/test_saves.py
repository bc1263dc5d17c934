"""Which saves count, and that they are told."""

from __future__ import annotations

import os
import queue
import shutil
import sys
from pathlib import Path

import pytest
from watchfiles import Change

from checker.errors import UsageError
from checker.watching.saves import Gone, Saves, Watched, told_by_looking
from tests.conftest import shell

LIMIT = 20
IGNORED = "/data/\n*.log\n.venv/\nkept/*\n"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name in ("src/data", "data/deep", ".venv/lib", "kept", "notebooks/.ipynb_checkpoints"):
        (folder / name).mkdir(parents=True)
    (folder / ".gitignore").write_text(IGNORED, encoding="utf-8")
    for name in (
        "main.py",
        "src/data/x.py",
        "data/x.csv",
        "kept/followed.csv",
        "notebooks/titanic.ipynb",
        "kept/not.csv",
    ):
        (folder / name).write_text("1\n", encoding="utf-8")
    shell("git init -q -b main && git add -A && git add -f kept/followed.csv && git commit -q -m start", folder)
    return folder


@pytest.mark.parametrize(
    "path",
    [
        "main.py",
        "src/data/x.py",
        "notebooks/titanic.ipynb",
        ".gitignore",
        "kept/followed.csv",
        ".git/HEAD",
        ".git/refs/heads/main",
        ".git/packed-refs",
        "a name with spaces.py",
    ],
)
def test_counts(project: Path, path: str) -> None:
    assert Watched(project).counts(Change.modified, str(project / path))


@pytest.mark.parametrize(
    "path",
    [
        "data/x.csv",
        "data/deep/y.csv",
        "x.log",
        ".venv/lib/z.py",
        "kept/not.csv",
        ".git/index",
        ".git/index.lock",
        ".git/HEAD.lock",
        ".git/refs/heads/main.lock",
        ".git/objects/ab/cdef",
        "notebooks/.ipynb_checkpoints/titanic-checkpoint.ipynb",
        "notebooks/.~titanic.ipynb",
        "src/__pycache__/x.cpython-311.pyc",
        "main.py~",
        ".main.py.swp",
        "4913",
        ".#main.py",
        "#main.py#",
        "main.py___jb_tmp___",
        ".goutputstream-X1Y2Z3",
        "src",
        "",
        "../elsewhere.py",
    ],
)
def test_does_not_count(project: Path, path: str) -> None:
    assert not Watched(project).counts(Change.modified, str(project / path))


def test_what_programs_leave_counts_when_it_goes(project: Path) -> None:
    assert Watched(project).counts(Change.deleted, str(project / "notebooks" / ".ipynb_checkpoints"))


def test_a_changed_ignore_file_is_obeyed(project: Path) -> None:
    watched = Watched(project)
    assert not watched.counts(Change.modified, str(project / "x.log"))
    (project / ".gitignore").write_text("", encoding="utf-8")
    assert watched.counts(Change.modified, str(project / "x.log"))


@pytest.mark.timeout(20)
def test_a_rule_that_libgit2_never_comes_back_from(project: Path) -> None:
    (project / ".gitignore").write_text("\x0b\nout/\n*.tmp\n", encoding="utf-8")
    watched = Watched(project)
    assert watched.counts(Change.modified, str(project / "src/data/x.py"))
    assert watched.counts(Change.modified, str(project / "kept/followed.csv"))
    assert not watched.counts(Change.modified, str(project / "out/x.py"))
    assert not watched.counts(Change.modified, str(project / "src/x.tmp"))


def test_ignored_folders_are_not_watched(project: Path) -> None:
    found = {place.relative_to(project).as_posix() for place in Watched(project).folders()}
    assert {".", "src", "src/data", "kept", "notebooks", ".git", ".git/refs/heads"} <= found
    assert not {"data", "data/deep", ".venv", ".venv/lib", "notebooks/.ipynb_checkpoints", ".git/objects"} & found


def test_a_folder_within_the_repository(project: Path) -> None:
    assert Watched(project / "src").root == project


@pytest.mark.parametrize("name", ["absent", "nowhere", "bare.git"])
def test_nothing_to_watch(tmp_path: Path, name: str) -> None:
    (tmp_path / "nowhere").mkdir()
    shell("git init -q --bare bare.git", tmp_path)
    with pytest.raises(UsageError):
        Watched(tmp_path / name)


class Told:
    def __init__(self) -> None:
        self.events: queue.Queue[object] = queue.Queue()

    def saved(self) -> None:
        self.events.put("saved")

    def follow(self, project: Path) -> Saves:
        return Saves(Watched(project), self.saved, self.events.put)

    def next(self) -> object:
        return self.events.get(timeout=LIMIT)

    def all(self) -> None:
        while not self.events.empty():
            self.events.get()


@pytest.mark.skipif(sys.platform != "linux", reason="the system takes no such name")
def test_a_name_that_is_no_text_ends_nothing(project: Path) -> None:
    told = Told()
    with told.follow(project):
        os.close(os.open(os.fsencode(project) + b"/\xff.py", os.O_CREAT | os.O_WRONLY))
        assert told.next() == "saved"
        told.all()
        (project / "main.py").write_text("another", encoding="utf-8")
        assert told.next() == "saved"
        shutil.rmtree(project)
        while (last := told.next()) == "saved":
            pass
        assert isinstance(last, Gone)


@pytest.mark.parametrize("polling", [False, True])
def test_saves_are_told(project: Path, monkeypatch: pytest.MonkeyPatch, polling: bool) -> None:
    monkeypatch.setattr("checker.watching.saves.told_by_looking", lambda _: polling)
    told = Told()
    with told.follow(project):
        (project / "main.py").write_text("22\n", encoding="utf-8")
        assert told.next() == "saved"


def test_a_new_folder_is_followed(project: Path) -> None:
    told = Told()
    with told.follow(project):
        (project / "new" / "inner").mkdir(parents=True)
        assert told.next() == "saved"
        (project / "new" / "inner" / "module.py").write_text("1\n", encoding="utf-8")
        assert told.next() == "saved"


def test_a_file_that_is_put_in_place_of_another(project: Path) -> None:
    told = Told()
    with told.follow(project):
        (project / ".main.py.swp").write_text("2\n", encoding="utf-8")
        (project / ".main.py.swp").replace(project / "main.py")
        assert told.next() == "saved"


def test_a_commit_is_told(project: Path) -> None:
    told = Told()
    with told.follow(project):
        shell("git commit -q --allow-empty -m more", project)
        assert told.next() == "saved"


@pytest.mark.parametrize("replaced", [False, True])
def test_a_repository_that_is_removed(project: Path, replaced: bool) -> None:
    told = Told()
    with told.follow(project):
        if replaced:
            project.rename(project.with_name("old"))
            project.mkdir()
        else:
            shutil.rmtree(project)
        while (event := told.next()) == "saved":
            pass
    assert isinstance(event, Gone)
    assert str(project) in str(event.cause)


MOUNTS = """\
22 1 0:20 / / rw,relatime - overlay overlay rw
30 22 0:30 / /home rw - ext4 /dev/sda1 rw
31 22 0:31 / /mnt/with\\040space rw shared:1 - 9p C: rw
32 22 0:32 / /mnt/s3 rw - fuse.s3fs s3fs rw
broken
"""


@pytest.mark.parametrize(
    ("place", "looking"),
    [("/home/ada/x", False), ("/srv/x", False), ("/mnt/with space/x", True), ("/mnt/s3", True), ("/mnt", False)],
)
def test_by_the_kind_of_file_system(place: str, looking: bool) -> None:
    assert told_by_looking(Path(place), MOUNTS) is looking
