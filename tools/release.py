"""Make a release: its version, its section of the changelog, a commit and a tag, all of it or nothing.

python tools/release.py 0.2.0            does it, on a clean main
python tools/release.py 0.2.0 --dry-run  shows what would be done

The commit and the tag stay on this machine; the push of the tag starts the release workflow.
"""

from __future__ import annotations

import argparse
import difflib
import re
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
BRANCH = "main"
VERSION_FILE = "checker/__init__.py"
CHANGELOG = "CHANGELOG.md"
UNRELEASED = "## [Unreleased]"

_VERSION = re.compile(r"\d{1,4}\.\d{1,4}\.\d{1,4}((a|b|rc)\d{1,3})?")
_ASSIGNED = re.compile(r'^__version__ = "([^"]*)"$', re.MULTILINE)
_HEADING = re.compile(r"^## ", re.MULTILINE)


class Refusal(Exception):
    """One sentence: why there is no release, and what to do."""


@dataclass(frozen=True, slots=True)
class Release:
    """A release that can be made: its version, its notes, and the new content of each file by its path."""

    version: str
    notes: str
    files: dict[str, str]

    @property
    def tag(self) -> str:
        return f"v{self.version}"


def git(repository: Path, *arguments: str) -> str:
    """The output of this git command. Raises Refusal with git's own words if it fails."""
    done = subprocess.run(["git", *arguments], cwd=repository, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Refusal(f"git {arguments[0]}: {(done.stderr or done.stdout).strip()}")
    return done.stdout.strip()


def prepare(repository: Path, version: str, today: date) -> Release:
    """The release of that version. Raises Refusal if the version, the work tree or the changelog is not fit."""
    if not _VERSION.fullmatch(version):
        raise Refusal(f"{version!r} is no version: write three numbers, as 0.2.0, or a pre-release, as 0.2.0rc1.")
    if str(Version(version)) != version:
        raise Refusal(f"Write {version} as an index will: {Version(version)}.")
    _refuse_work_tree(repository)
    tag = f"v{version}"
    if git(repository, "tag", "--list", tag):
        raise Refusal(f"{tag} is there already: a version is released once. Choose the next one.")
    source, changelog = ((repository / name).read_text(encoding="utf-8") for name in (VERSION_FILE, CHANGELOG))
    current = _ASSIGNED.search(source)
    if current is None:
        raise Refusal(f"{VERSION_FILE} has no line __version__ = …: restore it.")
    if Version(version) < Version(current[1]):
        raise Refusal(f"{version} is older than {current[1]}, the version in {VERSION_FILE}.")
    changed, notes = released(changelog, version, today)
    return Release(
        version, notes, {VERSION_FILE: _ASSIGNED.sub(f'__version__ = "{version}"', source), CHANGELOG: changed}
    )


def released(changelog: str, version: str, today: date) -> tuple[str, str]:
    """The changelog with its unreleased section as that of *version*, and the text of that section.

    Raises Refusal if there is no such section, nothing in it, or a section of that version already.
    """
    if f"\n## [{version}]" in changelog:
        raise Refusal(f"{CHANGELOG} has a section for {version} already. Choose the next version.")
    before, heading, after = changelog.partition(f"{UNRELEASED}\n")
    if not heading:
        raise Refusal(f"{CHANGELOG} has no section {UNRELEASED}: write one that says what users will notice.")
    following = _HEADING.search(after)
    end = following.start() if following else len(after)
    notes = after[:end].strip()
    if not re.search(r"^- ", notes, re.MULTILINE):
        raise Refusal(f"Nothing stands under {UNRELEASED} in {CHANGELOG}: say what users will notice.")
    section = f"## [{version}] - {today.isoformat()}\n\n{notes}\n"
    rest = f"\n{after[end:]}" if after[end:] else ""
    return f"{before}{UNRELEASED}\n\n{section}{rest}", notes


def make(repository: Path, release: Release) -> None:
    """Write, commit and tag. Raises Refusal if git refuses, and leaves everything as it was."""
    head = git(repository, "rev-parse", "HEAD")
    for name, content in release.files.items():
        (repository / name).write_text(content, encoding="utf-8")
    try:
        git(repository, "commit", "--quiet", "--all", f"--message=Release {release.version}")
        message = f"titanic-checker {release.version}\n\n{release.notes}"
        git(repository, "tag", "--annotate", "--cleanup=verbatim", f"--message={message}", release.tag)
    except Refusal:
        git(repository, "reset", "--quiet", "--hard", head)
        raise


def difference(repository: Path, release: Release) -> str:
    """The changes of the release, as a diff."""
    lines: list[str] = []
    for name, content in release.files.items():
        old = (repository / name).read_text(encoding="utf-8")
        lines += difflib.unified_diff(old.splitlines(True), content.splitlines(True), f"a/{name}", f"b/{name}")
    return "".join(lines)


def _refuse_work_tree(repository: Path) -> None:
    """Raises Refusal unless this is a clean main with all known commits of its remote."""
    branch = git(repository, "branch", "--show-current")
    if branch != BRANCH:
        raise Refusal(f"This is {branch or 'no branch'}: a release is made on {BRANCH} (git switch {BRANCH}).")
    if changed := git(repository, "status", "--porcelain"):
        raise Refusal(f"Not everything is committed: commit it, or put it away (git stash -u).\n{changed}")
    upstream = git(repository, "for-each-ref", "--format=%(upstream)", f"refs/heads/{BRANCH}")
    if upstream and (missing := git(repository, "rev-list", "--count", f"{BRANCH}..{upstream}")) != "0":
        raise Refusal(f"{upstream} has {missing} more commits: run git pull, and look at what they bring.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("version", help="the version to release, as 0.2.0")
    parser.add_argument("--dry-run", action="store_true", help="only show what would be done")
    parser.add_argument("--repository", type=Path, default=ROOT, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    repository = arguments.repository
    try:
        release = prepare(repository, arguments.version, datetime.now(UTC).date())
        if arguments.dry_run:
            print(difference(repository, release), end="")
            print(f"\nNothing was changed. It would be committed and tagged {release.tag}.")
            return 0
        make(repository, release)
    except Refusal as refusal:
        print(f"No release: {refusal}", file=sys.stderr)
        return 1
    print(f"{release.tag} is committed and tagged here. Publish it: git push --atomic origin {BRANCH} {release.tag}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
