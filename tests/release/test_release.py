"""``make release``: a version, a changelog section, a commit and a tag; or one sentence, and nothing changed."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ended
from tests.release.conftest import ROOT
from tests.repositories import commit_all

CHANGELOG = """# Changelog

What is new.

## [Unreleased]

### Added

- A thing.

## [0.1.0] - 2026-01-01

- The first.
"""


def git(folder: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clone of this project as far as a release needs it: version 0.1.0 is out."""
    folder = tmp_path_factory.mktemp("release") / "checkout"
    (folder / "checker").mkdir(parents=True)
    (folder / "checker" / "__init__.py").write_text('__version__ = "0.1.0"\n')
    (folder / "CHANGELOG.md").write_text(CHANGELOG)
    commit_all(folder)
    git(folder, "tag", "v0.1.0")
    return folder


@pytest.fixture
def repository(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "checkout"))


def release(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return ended([sys.executable, ROOT / "tools" / "release.py", "--repository", folder, *arguments])


def test_release__commits_the_version_and_its_section_and_tags_them(repository):
    done = release(repository, "0.2.0")
    assert (done.returncode, done.stderr) == (0, "")
    assert "git push --atomic origin main v0.2.0" in done.stdout
    assert (repository / "checker" / "__init__.py").read_text() == '__version__ = "0.2.0"\n'
    head, _, rest = (repository / "CHANGELOG.md").read_text().partition("## [0.2.0] - 20")
    assert head == "# Changelog\n\nWhat is new.\n\n## [Unreleased]\n\n"
    assert rest[8:] == "\n\n### Added\n\n- A thing.\n\n## [0.1.0] - 2026-01-01\n\n- The first.\n"
    assert git(repository, "log", "-1", "--format=%s") == "Release 0.2.0"
    assert git(repository, "status", "--porcelain") == ""
    assert git(repository, "rev-parse", "v0.2.0^{commit}") == git(repository, "rev-parse", "main")
    assert git(repository, "tag", "--list", "--format=%(contents)", "v0.2.0") == (
        "titanic-checker 0.2.0\n\n### Added\n\n- A thing."
    )


def test_dry_run__shows_the_change_and_makes_none(repository):
    before = git(repository, "rev-parse", "HEAD")
    done = release(repository, "0.2.0", "--dry-run")
    assert done.returncode == 0
    assert '+__version__ = "0.2.0"' in done.stdout
    assert "+## [0.2.0] - 20" in done.stdout
    assert (git(repository, "rev-parse", "HEAD"), git(repository, "status", "--porcelain")) == (before, "")
    assert git(repository, "tag", "--list", "v0.2.0") == ""


def uncommitted(folder: Path) -> None:
    (folder / "new.py").write_text("")


def other_branch(folder: Path) -> None:
    git(folder, "switch", "-qc", "work")


def empty_section(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text(CHANGELOG.replace("### Added\n\n- A thing.\n\n", ""))
    git(folder, "commit", "-qam", "Nothing new")


def no_section(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text(CHANGELOG.replace("[Unreleased]", "[Later]"))
    git(folder, "commit", "-qam", "No section")


def released_elsewhere(folder: Path) -> None:
    (folder / "CHANGELOG.md").write_text(f"{CHANGELOG}\n## [0.2.0] - 2026-02-02\n\n- A second.\n")
    git(folder, "commit", "-qam", "Its tag is not here")


def behind(folder: Path) -> None:
    git(folder.parent, "clone", "-q", str(folder), "other")
    git(folder.parent / "other", "commit", "-q", "--allow-empty", "-m", "Of somebody else")
    git(folder, "remote", "add", "origin", "../other")
    git(folder, "fetch", "-q")
    git(folder, "branch", "-q", "--set-upstream-to=origin/main")


def no_commit(folder: Path) -> None:
    hook = folder / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text("#!/bin/sh\necho 'the hook says no' >&2\nexit 1\n")
    hook.chmod(0o755)


def as_it_is(folder: Path) -> None:
    del folder


@pytest.mark.parametrize(
    ("prepare", "version", "said"),
    [
        (as_it_is, "2", "'2' is no version"),
        (as_it_is, "0.2.0; rm -rf ~", "is no version"),
        (as_it_is, "0.02.0", "as an index will: 0.2.0"),
        (as_it_is, "0.1.0", "v0.1.0 is there already"),
        (as_it_is, "0.0.9", "0.0.9 is older than 0.1.0"),
        (uncommitted, "0.2.0", "Not everything is committed: commit it, or put it away (git stash -u).\n?? new.py"),
        (other_branch, "0.2.0", "This is work: a release is made on main"),
        (empty_section, "0.2.0", "Nothing stands under ## [Unreleased]"),
        (no_section, "0.2.0", "has no section ## [Unreleased]"),
        (released_elsewhere, "0.2.0", "has a section for 0.2.0 already"),
        (behind, "0.2.0", "refs/remotes/origin/main has 1 more commits"),
        (no_commit, "0.2.0", "git commit: the hook says no"),
    ],
)
def test_release__refuses_in_one_sentence_and_changes_nothing(repository, prepare, version, said):
    prepare(repository)
    before = [git(repository, *command) for command in (["rev-parse", "HEAD"], ["status", "--porcelain"], ["tag"])]
    done = release(repository, version)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("No release: ")
    assert said in done.stderr
    after = [git(repository, *command) for command in (["rev-parse", "HEAD"], ["status", "--porcelain"], ["tag"])]
    assert after == before


def test_make_release__without_a_version_says_how(tmp_path):
    done = ended(["make", "-n", "release"], cwd=ROOT)
    assert done.returncode != 0
    assert "make release VERSION=0.2.0" in done.stderr


def test_make_release__hands_version_and_dry_run_on(tmp_path):
    done = ended(["make", "-n", "release", "VERSION=0.2.0", "DRY_RUN=1"], cwd=ROOT)
    assert "tools/release.py 0.2.0 --dry-run" in done.stdout
