"""The receiving side of the pipe: frames of the confined reader are bounded, hashed and parsed before they are kept."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from types import MappingProxyType
from typing import Any

from checker.errors import UsageError
from checker.facts.tree import Kind, TreeEntry
from checker.intake import frames
from checker.intake.bounds import MOST_NOTES, MOST_TOLD, Bounds
from checker.intake.frames import Frame
from checker.intake.objects import BLOB, COMMIT, TREE, Malformed, commit_of, tree_items
from checker.intake.pack import PackWriter
from checker.intake.sentences import heard
from checker.intake.taken import Manifest
from checker.repository.bounds import HUGE, MOST_FILES
from checker.repository.repository import object_id

_ID = re.compile(r"[0-9a-f]{40}")
_KINDS = (COMMIT, TREE, BLOB)
_LARGEST_OBJECT = HUGE + 16
_LARGEST_REFUSAL = 1_000_000
_LONGEST_NAME = 20_000
_LARGEST_SIZE = 1 << 50


class NotBelieved(ValueError):
    """A frame that no honest reader sends."""


class Receiver:
    """Reads frames from *receive*, and writes their objects to the folder *objects*."""

    def __init__(self, receive: Callable[[int], bytes], objects: Path, bounds: Bounds) -> None:
        self._bounds = bounds
        self._receive = receive
        self._pack = PackWriter(objects)
        self._bytes = 0
        self._blobs: dict[str, int] = {}
        self._commits: set[str] = set()
        self.ready = False

    def manifest(self) -> Manifest | None:
        """The manifest, after all frames; None where the reader ends early.

        Raises UsageError with the reader's sentence where the reader refuses the submission, and NotBelieved or
        BrokenFrame for frames that no honest reader sends.
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
        name = object_id(kind, content)
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
            return self._manifest(json.loads(content))
        except (KeyError, TypeError, ValueError, RecursionError) as error:
            raise NotBelieved(f"no manifest: {error}") from error

    def _manifest(self, manifest: dict[str, Any]) -> Manifest:
        large = {_id(name): _size(size) for name, size in _table(manifest["large"], self._bounds.objects).items()}
        entries, most = manifest["entries"], self._bounds.references
        references, symbolic = _table(manifest["references"], most), _table(manifest["symbolic"], most)
        return Manifest(
            head=None if manifest["head"] is None else self._commit(manifest["head"]),
            branch=None if manifest["branch"] is None else _name(manifest["branch"]),
            inner=_path(manifest["inner"]) if manifest["inner"] else "",
            entries=None if entries is None else self._entries(entries, large),
            not_committed=tuple(_name(path) for path in _list(manifest["not_committed"], MOST_FILES)),
            untracked=frozenset(_path(path) for path in _list(manifest["untracked"], MOST_FILES)),
            ignored=frozenset(_name(path) for path in _list(manifest["ignored"], self._bounds.ignored)),
            references=MappingProxyType(
                {_name(name): _id(target) for name, target in references.items() if target in self._commits}
            ),
            symbolic=MappingProxyType({_name(name): _name(target) for name, target in symbolic.items()}),
            remotes=tuple((_name(name), _name(url)) for name, url in _list(manifest["remotes"], most)),
            shallow=tuple(_id(name) for name in _list(manifest["shallow"], self._bounds.commits)),
            large=MappingProxyType(large),
            absent=frozenset(_id(name) for name in _list(manifest["absent"], self._bounds.objects)),
            notes=tuple(heard(note) for note in _list(manifest["notes"], MOST_NOTES)),
        )

    def _commit(self, identity: Any) -> str:
        if identity not in self._commits:
            raise ValueError("a commit that was not told")
        return str(identity)

    def _entries(self, rows: Any, large: dict[str, int]) -> tuple[TreeEntry, ...]:
        entries: dict[str, TreeEntry] = {}
        for path, kind, size, blob in _list(rows, MOST_FILES):
            entry = TreeEntry(_path(path), Kind(kind), _size(size), _id(blob))
            size_of_blob = 0 if entry.kind is Kind.SUBMODULE else self._blobs.get(entry.blob, large.get(entry.blob))
            if size_of_blob != entry.size:
                raise ValueError("an entry of another size than its content")
            entries[entry.path] = entry
        return tuple(entries.values())


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


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise ValueError("no list")
    return value


def _table(value: Any, most: int) -> dict[str, Any]:
    if not isinstance(value, dict) or len(value) > most:
        raise ValueError("no table")
    return value


def _id(value: Any) -> str:
    if not isinstance(value, str) or not _ID.fullmatch(value):
        raise ValueError("no id")
    return value


def _name(value: Any) -> str:
    if not isinstance(value, str) or len(value) > _LONGEST_NAME or "\0" in value:
        raise ValueError("no name")
    return value


def _path(value: Any) -> str:
    if any(part in ("", ".", "..") for part in _name(value).split("/")):
        raise ValueError("no path within the repository")
    return str(value)


def _size(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_SIZE:
        raise ValueError("no size")
    return value
