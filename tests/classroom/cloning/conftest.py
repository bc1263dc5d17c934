"""What the tests of fetching share: a student's repository on a forge, and a way to fetch it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from checker.classroom.cloning.fetching import Cloned, CloneOrder
from checker.classroom.cloning.whole import clone_class
from checker.classroom.records import ClassRepository, Fetched, Forked
from tests.classroom.cloning.git_server import GitServer, serving
from tests.conftest import shell


@dataclass
class Heard:
    """What a listener was told, by the key of the repository."""

    cloned: dict[str, Cloned | None] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def begun(self, repository: ClassRepository) -> None:
        pass

    def ended(self, repository: ClassRepository, cloned: Cloned | None) -> None:
        self.cloned[repository.key] = cloned

    def fault(self, repository: ClassRepository, fault: str) -> None:
        self.faults[repository.key] = fault


@dataclass
class Fetching:
    """Fetches repositories one time after the other, as a class does it, and knows what the last time found."""

    order: CloneOrder
    forked: dict[str, Forked] = field(default_factory=dict)
    known: dict[str, Fetched] = field(default_factory=dict)

    def __call__(self, *sources: str | ClassRepository, at_once: int = 2, **asked: object) -> dict[str, Cloned]:
        chosen = [
            one if isinstance(one, ClassRepository) else ClassRepository(key=f"r{number}", source=one)
            for number, one in enumerate(sources)
        ]
        heard = Heard()
        clone_class(
            replace(self.order, **asked),  # type: ignore[arg-type]
            chosen,
            self.forked,
            self.known,
            at_once=at_once,
            keep=lambda repository, found: self.known.__setitem__(repository.key, found),
            listener=heard,
        )
        assert not heard.faults
        return {key: cloned for key, cloned in heard.cloned.items() if cloned is not None}

    def one(self, source: str, *, branch: str = "", key: str = "one", **asked: object) -> Cloned:
        return self(ClassRepository(key=key, source=source, branch=branch), **asked)[key]

    def place(self, key: str = "one") -> Path:
        return self.order.repositories / self.known[key].place


@pytest.fixture
def fetching(tmp_path: Path) -> Fetching:
    return Fetching(CloneOrder(repositories=tmp_path / "repositories", surroundings={"PATH": "/usr/bin:/bin"}))


@pytest.fixture(scope="session")
def made_work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a student's working folder ``work``, and the bare repository ``forge/work.git`` of its forge."""
    whole = tmp_path_factory.mktemp("cloning")
    folder = whole / "work"
    folder.mkdir()
    shell("git init -q -b main", folder)
    (folder / "titanic.ipynb").write_text("{}", encoding="utf-8")
    shell("git add -A && git commit -q -m Start && git switch -q -c nettoyage", folder)
    (folder / "main.py").write_text("x = 1\n", encoding="utf-8")
    shell("git add -A && git commit -q -m Script && git switch -q main", folder)
    forge = whole / "forge"
    forge.mkdir()
    shell("git init -q --bare -b main work.git && git -C work.git config uploadpack.allowFilter true", forge)
    shell("git remote add origin ../forge/work.git && git push -q --all origin", folder)
    return whole


@pytest.fixture
def work(made_work: Path, tmp_path: Path) -> Path:
    """A student's working folder, with two branches; its forge is the bare repository ``forge/work.git``."""
    shutil.copytree(made_work, tmp_path, dirs_exist_ok=True)
    shell(f"git remote set-url origin {tmp_path}/forge/work.git", tmp_path / "work")
    return tmp_path / "work"


@pytest.fixture
def forge(work: Path, tmp_path: Path) -> Path:
    del work
    return tmp_path / "forge"


@pytest.fixture
def server(forge: Path) -> Iterator[GitServer]:
    with serving(forge) as started:
        yield started


@pytest.fixture(params=["file", "http"])
def address(request: pytest.FixtureRequest, forge: Path) -> str:
    """The address of the student's repository, by two protocols."""
    if request.param == "file":
        return f"file://{forge}/work.git"
    started: GitServer = request.getfixturevalue("server")
    return f"{started.url}/work.git"


def commit(folder: Path, name: str, content: str | bytes = "x\n", date: str = "", push: bool = True) -> str:
    """Commit a file in *folder*, made at *date*; the id of the commit."""
    place = folder / name
    place.write_bytes(content.encode() if isinstance(content, str) else content)
    dated = f"GIT_COMMITTER_DATE='{date}' " if date else ""
    shell(f"git add -A && {dated}git commit -q -m 'Add {name}'", folder)
    if push:
        shell("git push -q --all origin", folder)
    return shell("git rev-parse HEAD", folder).strip()


Committing = Callable[..., str]
