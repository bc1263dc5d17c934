"""The view of a git folder for libgit2 in the confined reader: a copy of its small files, and its objects.

The copy contains only files that are read, and no configuration that includes other files. Links out of the folder are
refused by name, since they would pass off another person's work as this submission.
"""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import pygit2

from checker.errors import UsageError
from checker.intake.bounds import Bounds
from checker.model import text

_INDEX = "index"
_COPIED = {"HEAD": 4096, "packed-refs": 20_000_000, "shallow": 5_000_000, _INDEX: 100_000_000}
_LARGEST_CONFIGURATION = 1_000_000
_LARGEST_EXCLUDE = 200_000
_LARGEST_REFERENCE = 4096
_INCLUDES = re.compile(r"\[\s*include", re.IGNORECASE)
_SECTION = re.compile(r"\s*\[")
_LEADS_OUT = ("core.worktree", "core.excludesfile", "core.attributesfile")


def view_of(git: Path, into: Path, bounds: Bounds) -> Path:
    """Make the view of the git folder *git* in the new folder *into*; gives *into*.

    Raises UsageError for a git folder with links out of it, or larger than any honest one.
    """
    if git.is_symlink():
        raise _leads_out(".git")
    if git.is_file():
        raise UsageError(
            text(".git is a file here, and names a git folder elsewhere: that of another repository."),
            text("Hand in a clone of the repository itself, and not a folder that git worktree or git submodule made."),
        )
    if os.path.lexists(git / "commondir"):
        raise _leads_out(".git/commondir")
    _refuse_links(git, bounds.objects)
    into.mkdir(parents=True)
    for name, most in _COPIED.items():
        _copy(git / name, into / name, most)
    _copy_references(git, into, bounds.references)
    (into / "info").mkdir()
    _copy(git / "info" / "exclude", into / "info" / "exclude", _LARGEST_EXCLUDE)
    (into / "objects").symlink_to(git / "objects")
    (into / "config").write_text(_configuration(git / "config"), encoding="utf-8", errors="surrogateescape")
    _without_ways_out(into / "config")
    return into


def lends_objects(git: Path) -> bool:
    """Whether a git folder has alternates: further objects elsewhere."""
    return any(os.path.lexists(git / "objects" / "info" / name) for name in ("alternates", "http-alternates"))


def _refuse_links(git: Path, most: int) -> None:
    """Raises UsageError for a link among the files that are read."""
    for name in (*_COPIED, "config", "refs", "objects", "info"):
        if (git / name).is_symlink():
            raise _leads_out(f".git/{name}")
    count = 0
    waiting = [git / "objects", git / "refs", git / "info"]
    while waiting:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    count += 1
                    if entry.is_symlink():
                        raise _leads_out(f".git/{os.path.relpath(entry, git)}")
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry))
        except OSError:
            continue  # a later reader of the folder reports the error
        if count > most:
            raise UsageError(
                text("The folder .git holds more than {number} files.", number=most),
                text("Pack them: git gc."),
            )


def _copy_references(git: Path, into: Path, most: int) -> None:
    top = git / "refs"
    (into / "refs").mkdir()
    count = 0
    for folder, _, names in os.walk(top):
        target = into / "refs" / os.path.relpath(folder, top)
        target.mkdir(exist_ok=True)
        for name in names:
            count += 1
            if count > most:
                raise too_many_references(most)
            _copy(Path(folder, name), target / name, _LARGEST_REFERENCE)


def too_many_references(most: int) -> UsageError:
    """The refusal of a repository with more than *most* branches and tags."""
    return UsageError(
        text("The repository holds more than {number} branches and tags.", number=most),
        text("Hand in a clone of the one branch: git clone --single-branch."),
    )


def _regular(path: Path, most: int) -> tuple[bytes, os.stat_result] | None:
    """The first *most* bytes of a regular file, and its status; None for anything else."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        return (file.read(most), status) if stat.S_ISREG(status.st_mode) else None


def _copy(source: Path, target: Path, most: int) -> None:
    """Copy a regular file with its time, by which libgit2 decides whether the index is up to date."""
    found = _regular(source, most + 1)
    if found is None:
        return
    content, status = found
    if len(content) > most:
        raise UsageError(
            text("The file {path} of the repository is larger than git would make it.", path=f".git/{source.name}"),
            text("Clone the repository again, and copy your files into the new folder."),
        )
    target.write_bytes(content)
    os.utime(target, ns=(status.st_atime_ns, status.st_mtime_ns))


def _configuration(path: Path) -> str:
    """The repository's configuration without its includes of other files."""
    content, _ = _regular(path, _LARGEST_CONFIGURATION) or (b"", None)
    kept: list[str] = []
    left_out = False
    for line in content.decode("utf-8", "surrogateescape").split("\n"):
        if _INCLUDES.search(line):
            left_out = True
        elif _SECTION.match(line):
            left_out = False
        if not left_out:
            kept.append(line)
    return "\n".join(kept)


def _without_ways_out(path: Path) -> None:
    try:
        configuration = pygit2.Config(str(path))
        for key in _LEADS_OUT:
            configuration.delete_multivar(key, ".*")
    except (KeyError, ValueError, OSError, pygit2.GitError):
        return  # opening the repository fails, too, and reports the cause


def _leads_out(path: str) -> UsageError:
    return UsageError(
        text("{path} leads out of the repository, to what may be another one.", path=path),
        text("Clone the repository anew, and hand in that folder as git made it."),
    )
