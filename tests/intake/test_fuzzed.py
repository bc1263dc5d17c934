"""Whatever bytes of a submission are changed: it is taken in, or refused by a sentence, soon, and nothing is left."""

from __future__ import annotations

import io
import shutil
import tarfile
import time
import zipfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from checker.errors import UsageError
from checker.intake.bounds import Bounds
from checker.open_submission import open_submission
from tests.conftest import shell

LONGEST = 30.0
GIT_FILES = (
    "pack",
    "idx",
    "index",
    "config",
    "packed-refs",
    "HEAD",
    "loose",
    "refs",
    "shallow",
    ".gitignore",
    ".gitattributes",
)

changes = st.lists(
    st.tuples(
        st.sampled_from(["replace", "insert", "remove", "cut", "repeat"]),
        st.floats(0, 1),
        st.binary(min_size=1, max_size=60)
        | st.sampled_from([b"\x0b", b"\x0c\n", b"\xff" * 50, b"\0" * 20, b"\x80" * 30]),
    ),
    min_size=1,
    max_size=4,
)


def changed(content: bytes, asked: list[tuple[str, float, bytes]]) -> bytes:
    for how, where, piece in asked:
        place = int(where * len(content))
        before, after = content[:place], content[place:]
        if how == "replace":
            content = before + piece + after[len(piece) :]
        elif how == "insert":
            content = before + piece + after
        elif how == "remove":
            content = before + after[len(piece) :]
        elif how == "cut":
            content = before
        else:
            content = before + after[: len(piece)] * 20 + after
    return content


def taken_in_or_refused(path: Path, scratch: Path, **asked: str) -> None:
    started = time.monotonic()
    refusals: list[UsageError] = []
    try:
        with open_submission(path, own=False, **asked) as repository:
            tree = repository.tree()
            for entry in tree.entries.values():
                tree.fetch(entry)
            for commit in repository.commits(repository.head) if repository.head else ():
                repository.tree_of(commit.id)
    except UsageError as error:
        refusals.append(error)
    assert all(str(refusal.cause) and str(refusal.remedy) for refusal in refusals)
    assert time.monotonic() - started < LONGEST
    assert not list(scratch.iterdir())


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("checker.intake.taking.BOUNDS", Bounds(seconds=5))


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("fuzzed") / "project"
    folder.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AUTHOR", "COMMITTER"):
            patch.setenv(f"GIT_{name}_NAME", "A")
            patch.setenv(f"GIT_{name}_EMAIL", "a@example.org")
        shell("git init -q -b main", folder)
        (folder / ".gitignore").write_text("*.log\n", encoding="utf-8")
        (folder / ".gitattributes").write_text("*.csv text\n", encoding="utf-8")
        for number in range(5):
            (folder / "main.py").write_text("x = 1\n" * 50 * number, encoding="utf-8")
            (folder / f"m{number}.py").write_text(f"x = {number}\n", encoding="utf-8")
            shell(f"git add -A && git commit -q -m {number} && git tag t{number}", folder)
        shell("git gc -q", folder)
        (folder / "late.py").write_text("late\n", encoding="utf-8")
        shell("git add -A && git commit -q -m Late && git branch other", folder)
        (folder / "new.py").write_text("new\n", encoding="utf-8")
        head = shell("git rev-parse HEAD~3", folder)
        (folder / ".git/shallow").write_text(head, encoding="utf-8")
    return folder


def place_of(project: Path, kind: str) -> Path:
    git = project / ".git"
    if kind in ("pack", "idx"):
        return next((git / "objects/pack").glob(f"*.{kind}"))
    if kind == "loose":
        head = shell("git rev-parse HEAD", project).strip()
        return git / "objects" / head[:2] / head[2:]
    if kind == "refs":
        return git / "refs/heads/main"
    return project / kind if kind.startswith(".git") else git / kind


def fuzz_git(original: Path, tmp_path: Path, scratch: Path, kind: str, asked: list[tuple[str, float, bytes]]) -> None:
    project = tmp_path / "copy"
    shutil.rmtree(project, ignore_errors=True)
    shutil.copytree(original, project, symlinks=True)
    place = place_of(project, kind)
    place.chmod(0o644)
    place.write_bytes(changed(place.read_bytes(), asked))
    taken_in_or_refused(project, scratch)


def quickly(examples: int):
    return settings(
        max_examples=examples,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture],
    )


@pytest.mark.slow
@pytest.mark.timeout(200)
@quickly(3)
@given(asked=changes)
@pytest.mark.parametrize("kind", GIT_FILES)
def test_a_git_folder(original: Path, tmp_path: Path, scratch: Path, kind: str, asked) -> None:
    fuzz_git(original, tmp_path, scratch, kind, asked)


@pytest.mark.slow
@pytest.mark.timeout(900)
@quickly(25)
@given(asked=changes)
@pytest.mark.parametrize("kind", GIT_FILES)
def test_a_git_folder_at_length(original: Path, tmp_path: Path, scratch: Path, kind: str, asked) -> None:
    fuzz_git(original, tmp_path, scratch, kind, asked)


def archives(original: Path) -> dict[str, bytes]:
    found = {}
    for name, mode in {"x.tar": "w", "x.tar.gz": "w:gz", "x.tar.xz": "w:xz"}.items():
        made = io.BytesIO()
        with tarfile.open(fileobj=made, mode=mode, format=tarfile.PAX_FORMAT) as file:  # type: ignore[call-overload]
            file.add(original, "caf\u00e9" * 40)
        found[name] = made.getvalue()
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(original.rglob("*")):
            if path.is_file():
                file.write(path, path.relative_to(original))
    found["x.zip"] = made.getvalue()
    return found


def fuzz_archive(
    original: Path, tmp_path: Path, scratch: Path, name: str, asked: list[tuple[str, float, bytes]]
) -> None:
    (tmp_path / name).write_bytes(changed(archives(original)[name], asked))
    taken_in_or_refused(tmp_path / name, scratch)


@pytest.mark.slow
@pytest.mark.timeout(200)
@quickly(4)
@given(asked=changes)
@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tar.xz", "x.zip"])
def test_an_archive(original: Path, tmp_path: Path, scratch: Path, name: str, asked) -> None:
    fuzz_archive(original, tmp_path, scratch, name, asked)


@pytest.mark.slow
@pytest.mark.timeout(900)
@quickly(40)
@given(asked=changes)
@pytest.mark.parametrize("name", ["x.tar", "x.tar.gz", "x.tar.xz", "x.zip"])
def test_an_archive_at_length(original: Path, tmp_path: Path, scratch: Path, name: str, asked) -> None:
    fuzz_archive(original, tmp_path, scratch, name, asked)
