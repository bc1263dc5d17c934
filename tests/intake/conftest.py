"""Fixtures of the tests of the intake."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from checker.errors import UsageError
from checker.locale import Speech
from checker.open_submission import open_submission
from tests.conftest import shell


@pytest.fixture(scope="session")
def made_project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with two commits, the second on a branch of its own; made once, by git itself."""
    folder = tmp_path_factory.mktemp("intake") / "project"
    folder.mkdir()
    shell("git init -q -b main", folder)
    (folder / "titanic.ipynb").write_text("{}", encoding="utf-8")
    (folder / "train.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    shell("git add -A && git commit -q -m Start && git switch -q -c nettoyage", folder)
    (folder / "main.py").write_text("x = 1\n", encoding="utf-8")
    shell("git add -A && git commit -q -m Script", folder)
    return folder


@pytest.fixture
def project(made_project: Path, tmp_path: Path) -> Path:
    """A copy of that repository, of the test's own."""
    return Path(shutil.copytree(made_project, tmp_path / "project"))


def refused(path: Path, **asked: object) -> UsageError:
    """The refusal of a stranger's submission, which is a sentence in both languages."""
    with pytest.raises(UsageError) as caught:
        open_submission(path, own=False, **asked).close()  # type: ignore[arg-type]
    for language in ("en", "fr"):
        assert Speech(language).say(caught.value.cause)
        assert Speech(language).say(caught.value.remedy)
    assert Speech("fr").say(caught.value.cause) != Speech("en").say(caught.value.cause)
    return caught.value
