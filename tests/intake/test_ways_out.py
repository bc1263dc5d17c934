"""Whatever a git folder names outside of itself is not this submission's: refused by a sentence, or without effect."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from checker.absences import UnavailableHere
from checker.evidence.repository.pull_requests import pull_requests
from checker.facts.submission import Submission
from checker.forge.local import RECORD
from checker.open_submission import open_submission
from tests.conftest import shell
from tests.intake.conftest import refused


@pytest.fixture
def classmate(project: Path, tmp_path: Path) -> Path:
    """Somebody else's repository, with work that is worth taking."""
    folder = Path(shutil.copytree(project, tmp_path / "classmate"))
    (folder / "main.py").write_text("better = 1\n", encoding="utf-8")
    shell("git add -A && git commit -q -m Better", folder)
    return folder


def gitfile(project: Path, classmate: Path) -> None:
    shutil.rmtree(project / ".git")
    (project / ".git").write_text(f"gitdir: {classmate}/.git\n", encoding="utf-8")


def linked(name: str) -> Callable[[Path, Path], None]:
    def link(project: Path, classmate: Path) -> None:
        place = project / ".git" / name
        shutil.rmtree(place) if place.is_dir() else place.unlink()
        place.symlink_to(classmate / ".git" / name)

    return link


def whole(project: Path, classmate: Path) -> None:
    shutil.rmtree(project / ".git")
    (project / ".git").symlink_to(classmate / ".git")


def commondir(project: Path, classmate: Path) -> None:
    (project / ".git/commondir").write_text(f"{classmate}/.git\n", encoding="utf-8")


def one_branch(project: Path, classmate: Path) -> None:
    (project / ".git/refs/heads/nettoyage").unlink()
    (project / ".git/refs/heads/nettoyage").symlink_to(classmate / ".git/refs/heads/nettoyage")


def worktree(project: Path, classmate: Path) -> None:
    shutil.rmtree(project)
    shell(f"git worktree add -q -b other {project}", classmate)


@pytest.mark.parametrize(
    ("way", "words"),
    [
        (gitfile, ".git is a file"),
        (worktree, ".git is a file"),
        (whole, ".git leads out"),
        (commondir, ".git/commondir leads out"),
        (linked("objects"), ".git/objects leads out"),
        (linked("refs"), ".git/refs leads out"),
        (linked("HEAD"), ".git/HEAD leads out"),
        (linked("config"), ".git/config leads out"),
        (linked("index"), ".git/index leads out"),
        (one_branch, ".git/refs/heads/nettoyage leads out"),
    ],
)
def test_what_leads_out_is_refused(
    project: Path, classmate: Path, scratch: Path, way: Callable[[Path, Path], None], words: str
) -> None:
    way(project, classmate)
    assert words in str(refused(project))
    assert words in str(refused(project, commit="HEAD"))
    assert not list(scratch.iterdir())


@pytest.mark.parametrize("kind", ["alternates", "http-alternates"])
def test_borrowed_objects_are_not_looked_up(project: Path, classmate: Path, kind: str) -> None:
    shutil.rmtree(project / ".git/objects")
    (project / ".git/objects/info").mkdir(parents=True)
    (project / f".git/objects/info/{kind}").write_text(f"{classmate}/.git/objects\n", encoding="utf-8")
    assert "--shared" in str(refused(project).remedy)


@pytest.mark.slow
@pytest.mark.timeout(60)
@pytest.mark.parametrize("section", ["[include]", "[ InClude ]", "[core] [include]", '[includeIf "gitdir:/**"]'])
@pytest.mark.parametrize("pipe", [True, False])
def test_no_configuration_is_included(project: Path, tmp_path: Path, section: str, pipe: bool) -> None:
    places = (tmp_path / "grader.config", project / "in.config")
    for place in places:
        if pipe:
            os.mkfifo(place)
        else:
            place.write_text('[remote "origin"]\n\turl = https://token@example.org/secret\n', encoding="utf-8")
    with (project / ".git/config").open("a", encoding="utf-8") as file:
        file.write(f'{section}\n\tpath = {places[0]}\n\tpath = ../in.config\n[remote "own"]\n\turl = here\n')
    started = time.monotonic()
    with open_submission(project, own=False) as repository:
        assert repository.remotes() == (("own", "here"),)
    assert time.monotonic() - started < 20


def test_a_working_folder_elsewhere_is_not_believed(project: Path) -> None:
    shell("git config core.worktree /etc && git config core.excludesFile /etc/passwd", project)
    with open_submission(project, own=False) as repository:
        assert set(repository.tree().entries) == {"main.py", "titanic.ipynb", "train.csv"}


@pytest.mark.parametrize("archived", [True, False])
def test_a_local_forges_record_is_not_believed(project: Path, tmp_path: Path, archived: bool) -> None:
    (project / ".git" / RECORD).write_text("{}", encoding="utf-8")
    shell("python3 -m zipfile -c ../x.zip .", project)
    with open_submission(tmp_path / "x.zip" if archived else project, own=False) as repository:
        assert repository.git_folder is None
        with pytest.raises(UnavailableHere):
            pull_requests(repository, Submission(path=Path()))


def test_an_archive_leads_out_no_more_than_a_folder(project: Path, classmate: Path, tmp_path: Path) -> None:
    commondir(project, classmate)
    shell("tar cf ../x.tar .", project)
    assert ".git/commondir leads out" in str(refused(tmp_path / "x.tar"))


def test_a_submodule_stays_an_entry(project: Path, classmate: Path) -> None:
    shell(f"git -c protocol.file.allow=always submodule --quiet add {classmate} part", project)
    shell("git commit -q -m Part", project)
    with open_submission(project, own=False) as repository:
        assert repository.tree().entries["part"].kind == "submodule"
        assert not any(path.startswith("part/") for path in repository.tree().entries)


def test_a_repository_within_is_read_up_to_a_bound(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shell("git init -q part && head -c 900 /dev/zero | tee part/a part/b part/c part/d >part/e", project)
    with open_submission(project, own=True) as repository:
        assert len(repository.nested_files("part")) == 5
        monkeypatch.setattr("checker.repository.repository.MOST_UNPACKED", 1_000)
        read: list[str] = []
        ignored_file = type(repository).ignored_file
        monkeypatch.setattr(
            type(repository), "ignored_file", lambda own, path: read.append(path) or ignored_file(own, path)
        )
        assert repository.nested_files("part") == {}
        assert len(read) == 2
