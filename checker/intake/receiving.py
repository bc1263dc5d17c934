"""The believing side of the pipe: what the confined reader tells is bounded, hashed and parsed before it is kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checker.errors import UsageError
from checker.facts.tree import Entry, Kind
from checker.intake import frames
from checker.intake.bounds import MOST_NOTES, MOST_TOLD, Bounds
from checker.intake.frames import BrokenFrame, Frame
from checker.intake.objects import BLOB, COMMIT, TREE, Malformed, commit_of, identity, tree_items
from checker.intake.pack import PackWriter
from checker.intake.sentences import heard
from checker.intake.taken import Manifest
from checker.repository import HUGE, MOST_FILES

_ID = re.compile(r"[0-9a-f]{40}")
_KINDS = (COMMIT, TREE, BLOB)
_LARGEST_OBJECT = HUGE + 16
_LARGEST_REFUSAL = 1_000_000
_LONGEST_NAME = 20_000
_LARGEST_SIZE = 1 << 50


class NotBelieved(ValueError):
    """A statement of the reader that no honest reader makes."""


class Receiver:
    """Takes frames from *receive*, and puts the objects in them into the folder *objects*."""

    def __init__(self, receive: Callable[[int], bytes], objects: Path, bounds: Bounds) -> None:
        self._bounds = bounds
        self._receive = receive
        self._pack = PackWriter(objects)
        self._bytes = 0
        self._blobs: dict[str, int] = {}
        self._commits: set[str] = set()
        self.ready = False

    def manifest(self) -> Manifest | None:
        """All that is told, to its end; None where the reader ends before it.

        Raises UsageError with the reader's own words where it refuses the submission, and NotBelieved or BrokenFrame
        for what it cannot have said in earnest.
        """
        found: Manifest | None = None
        try:
            while (said := frames.read(self._receive, _most)) is not None:
                frame, content = said
                if frame is Frame.READY:
                    self.ready = True
                elif frame is Frame.REFUSED:
                    raise _refusal(content)
                elif frame is Frame.OBJECT:
                    self._keep(content)
                elif frame is Frame.MANIFEST:
                    found = self._heard(content)
                elif frame is Frame.DONE:
                    self._pack.finish()
                    return found
        finally:
            self._pack.close()
        return None

    def _keep(self, said: bytes) -> None:
        kind, blank, content = said.partition(b" ")
        if not blank or kind not in _KINDS:
            raise NotBelieved("an object of no kind")
        name = identity(kind, content)
        if name in self._pack:
            return
        self._bytes += len(content)
        if self._bytes > self._bounds.data or len(self._pack) >= self._bounds.objects:
            raise NotBelieved("more objects than may come")
        try:
            if kind == COMMIT:
                commit_of(content)
                self._commits.add(name)
            elif kind == TREE:
                for _ in tree_items(content):
                    pass
            else:
                self._blobs[name] = len(content)
        except Malformed as error:
            raise NotBelieved(str(error)) from error
        self._pack.add(kind, name, content)

    def _heard(self, content: bytes) -> Manifest:
        try:
            said = json.loads(content)
            return self._manifest(said)
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise NotBelieved(f"no manifest: {error}") from error

    def _manifest(self, said: dict[str, Any]) -> Manifest:
        large = {_id(name): _size(size) for name, size in _table(said["large"], self._bounds.objects).items()}
        entries = said["entries"]
        return Manifest(
            head=None if said["head"] is None else self._commit(said["head"]),
            branch=None if said["branch"] is None else _name(said["branch"]),
            inner=_path(said["inner"]) if said["inner"] else "",
            entries=None if entries is None else self._entries(entries, large),
            not_committed=tuple(_name(path) for path in _list(said["not_committed"], MOST_FILES)),
            untracked=frozenset(_path(path) for path in _list(said["untracked"], MOST_FILES)),
            ignored=frozenset(_name(path) for path in _list(said["ignored"], self._bounds.ignored)),
            references=MappingProxyType(
                {
                    _name(name): _id(target)
                    for name, target in _table(said["references"], self._bounds.references).items()
                    if target in self._commits
                }
            ),
            symbolic=MappingProxyType(
                {
                    _name(name): _name(target)
                    for name, target in _table(said["symbolic"], self._bounds.references).items()
                }
            ),
            remotes=tuple((_name(name), _name(url)) for name, url in _list(said["remotes"], self._bounds.references)),
            shallow=tuple(_id(name) for name in _list(said["shallow"], self._bounds.commits)),
            large=MappingProxyType(large),
            absent=frozenset(_id(name) for name in _list(said["absent"], self._bounds.objects)),
            notes=tuple(heard(note) for note in _list(said["notes"], MOST_NOTES)),
        )

    def _commit(self, said: Any) -> str:
        if said not in self._commits:
            raise ValueError("a commit that was not told")
        return str(said)

    def _entries(self, said: Any, large: dict[str, int]) -> tuple[Entry, ...]:
        found: dict[str, Entry] = {}
        for path, kind, size, blob in _list(said, MOST_FILES):
            entry = Entry(_path(path), Kind(kind), _size(size), _id(blob))
            known = 0 if entry.kind is Kind.SUBMODULE else self._blobs.get(entry.blob, large.get(entry.blob))
            if known != entry.size:
                raise ValueError("an entry of another size than its content")
            found[entry.path] = entry
        return tuple(found.values())


def _most(frame: Frame) -> int:
    if frame is Frame.OBJECT:
        return _LARGEST_OBJECT
    if frame is Frame.MANIFEST:
        return MOST_TOLD
    return _LARGEST_REFUSAL if frame is Frame.REFUSED else 0


def _refusal(content: bytes) -> UsageError:
    try:
        cause, remedy = json.loads(content)
        return UsageError(heard(cause), heard(remedy))
    except (TypeError, ValueError, RecursionError) as error:
        raise NotBelieved("no refusal") from error


def _list(said: Any, most: int) -> list[Any]:
    if not isinstance(said, list) or len(said) > most:
        raise ValueError("no list")
    return said


def _table(said: Any, most: int) -> dict[str, Any]:
    if not isinstance(said, dict) or len(said) > most:
        raise ValueError("no table")
    return said


def _id(said: Any) -> str:
    if not isinstance(said, str) or not _ID.fullmatch(said):
        raise ValueError("no id")
    return said


def _name(said: Any) -> str:
    if not isinstance(said, str) or len(said) > _LONGEST_NAME or "\0" in said:
        raise ValueError("no name")
    return said


def _path(said: Any) -> str:
    if any(part in ("", ".", "..") for part in _name(said).split("/")):
        raise ValueError("no path within the repository")
    return str(said)


def _size(said: Any) -> int:
    if not isinstance(said, int) or isinstance(said, bool) or not 0 <= said <= _LARGEST_SIZE:
        raise ValueError("no size")
    return said


__all__ = ["BrokenFrame", "NotBelieved", "Receiver"]
