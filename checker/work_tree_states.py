"""The differences between a working folder and its recorded state, without libgit2's reading of ignore files.

libgit2 never comes back from an ignore file with a rule that begins with a form feed or a vertical tab, which git takes
for a character like any other. If one is seen, this module walks the folder instead: slower, since every file is read,
and with an equal result.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from pygit2.enums import FileStatus

from checker.facts.tree import Kind, TreeEntry
from checker.ignore_patterns import Pattern, lines_of, pattern_of

IGNORE_FILE = ".gitignore"
_LARGEST = 1_000_000
_ENDLESS = (b"\v", b"\f")
_Rules: TypeAlias = "list[tuple[tuple[bytes, ...], Pattern]]"
"""Rules, each with the folder of its file."""


def endless_rules(root: Path, ignore_files: Iterable[str], exclude: Path) -> bool:
    """True if one of the *ignore_files* below *root*, or the file *exclude*, can make libgit2 hang."""
    contents = map(_content, (exclude, *(root / path for path in ignore_files)))
    return any(mark in content for content in contents for mark in _ENDLESS)


def ignores(root: Path, exclude: Path, path: str, *, folder: bool) -> bool:
    """True if git ignores *path* below *root*, or a folder above it, by the ignore files on the way to it."""
    parts = _parts(path)
    rules: _Rules = [((), pattern) for pattern in _patterns(exclude)]
    for depth, part in enumerate(parts):
        place = root / os.fsdecode(b"/".join(parts[:depth]))
        rules += [(parts[:depth], pattern) for pattern in _patterns(place / IGNORE_FILE)]
        if part == b".git" or _is_ignored(rules, parts[: depth + 1], folder=folder or depth + 1 < len(parts)):
            return True
    return False


@dataclass(frozen=True, slots=True)
class Walk:
    """One walk through the folder *root*. ``differs`` is true for a file that differs from the recorded one."""

    root: Path
    exclude: Path
    recorded: Mapping[str, TreeEntry]
    committed: Mapping[str, TreeEntry]
    differs: Callable[[TreeEntry], bool]

    def states(self, *, ignored: bool = False) -> dict[str, FileStatus]:
        """The states that ``git status`` shows, by path. With *ignored*, ignored paths are listed too, file by file."""
        by_path: dict[str, FileStatus] = {}
        for path in {*self.recorded, *self.committed}:
            if state := self._of_recorded(path):
                by_path[path] = state
        for path, state in self._others(ignored=ignored):
            by_path[path] = by_path.get(path, FileStatus.CURRENT) | state
        return by_path

    def _of_recorded(self, path: str) -> FileStatus:
        entry, before = self.recorded.get(path), self.committed.get(path)
        if entry is None:
            return FileStatus.INDEX_DELETED
        state = FileStatus.CURRENT
        if before is None:
            state |= FileStatus.INDEX_NEW
        elif (before.kind, before.blob) != (entry.kind, entry.blob):
            state |= FileStatus.INDEX_MODIFIED
        if entry.kind is Kind.SUBMODULE:
            return state
        if not self._lies_there(path):
            return state | FileStatus.WT_DELETED
        return state | FileStatus.WT_MODIFIED if self.differs(entry) else state

    def _lies_there(self, path: str) -> bool:
        """True if a file or a link lies at *path*, and no folder above it is a link."""
        place = self.root / path
        above = [self.root / folder for folder in Path(path).parents if folder != Path()]
        return (
            os.path.lexists(place)
            and not (place.is_dir() and not place.is_symlink())
            and not any(folder.is_symlink() for folder in above)
        )

    def _others(self, *, ignored: bool) -> Iterator[tuple[str, FileStatus]]:
        """The paths that are not recorded: new files, repositories within (ending in a slash), ignored files."""
        rules: _Rules = [((), pattern) for pattern in _patterns(self.exclude)]
        waiting: list[tuple[str, _Rules, bool]] = [("", rules, False)]
        while waiting:
            folder, above, hidden = waiting.pop()
            parts = _parts(folder)
            here = [*above, *((parts, pattern) for pattern in _patterns(self.root / folder / IGNORE_FILE))]
            try:
                with os.scandir(self.root / folder) as entries:
                    listed = sorted(entries, key=lambda entry: entry.name)
            except OSError:
                continue
            for entry in listed:
                path = f"{folder}/{entry.name}" if folder else entry.name
                is_folder = entry.is_dir(follow_symlinks=False)
                if entry.name == ".git" or path in self.recorded:
                    continue
                unwanted = hidden or _is_ignored(here, _parts(path), folder=is_folder)
                if is_folder and not unwanted and os.path.lexists(self.root / path / ".git"):
                    yield f"{path}/", FileStatus.WT_NEW
                elif is_folder and (ignored or not unwanted):
                    waiting.append((path, here, unwanted))
                elif not is_folder and not unwanted:
                    yield path, FileStatus.WT_NEW
                elif not is_folder and ignored:
                    yield path, FileStatus.IGNORED


def _is_ignored(rules: _Rules, parts: tuple[bytes, ...], *, folder: bool) -> bool:
    for place, pattern in reversed(rules):
        if pattern.matches(parts[len(place) :], folder=folder):
            return not pattern.negated
    return False


def _patterns(path: Path) -> Iterator[Pattern]:
    yield from filter(None, (pattern_of(line) for _, line in lines_of(_content(path))))


def _content(path: Path) -> bytes:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    except (OSError, ValueError):
        return b""
    with os.fdopen(descriptor, "rb") as file:
        try:
            return file.read(_LARGEST)
        except OSError:  # a folder
            return b""


def _parts(path: str) -> tuple[bytes, ...]:
    return tuple(os.fsencode(path).split(b"/")) if path else ()
