"""The probe of leftovers in a repository: conflict markers, secrets, Git LFS pointers, odd paths."""

from __future__ import annotations

import json
import posixpath
import re
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator

from checker.environment_folders import environments
from checker.evidence.text.conflict_marks import conflict_of
from checker.evidence.text.json_text import read_json
from checker.evidence.text.lines import Numbers
from checker.facts.history import History
from checker.facts.leftovers import Leftovers, RepositorySecret
from checker.facts.tree import Kind, Tree, TreeEntry
from checker.model import Location, Unavailable, known
from checker.repository.repository import Repository
from checker.secret_patterns import patterns_for

_LARGEST = 5_000_000
_MOST_READ = 200_000_000
_MOST_FILES = 8_000
_MOST_SECRETS = 50
_PAST_COMMITS = 200
_PAST_SECONDS = 4.0
_POINTER = b"version https://git-lfs.github.com/spec/"
_LINK = re.compile(rb"https?://[^\s\"'<>]++")
_SIGNED = re.compile(rb"[?&;](?:X-Amz-Signature|Signature)=", re.IGNORECASE)
_OF_A_LINK = re.compile(rb"(?:X-Amz-Credential|X-Amz-Security-Token|AWSAccessKeyId)=([^&]++)", re.IGNORECASE)
"""The identifiers in a signed link beside its signature: without the secret key, they open nothing but that link."""


def leftovers(repository: Repository, tree: Tree, history: History | Unavailable | None) -> Leftovers:
    """The leftovers of the graded state, and the secrets of the student's earlier commits, where these are here."""
    history = known(history)
    contents = tuple(_read(tree, tree.entries.values()))
    now = tuple(secret for path, content in contents for secret in secrets_of(path, content))
    past = _past_secrets(history, tree, now) if history else ()
    return Leftovers(
        notes=repository.notes,
        conflicts=tuple(place for path, content in contents if (place := conflict_of(path, content)) is not None),
        secrets=(*now, *past)[:_MOST_SECRETS],
        pointers=tuple(path for path, content in contents if content.startswith(_POINTER)),
        clashes=_clashes(tree.entries),
        outward=tuple(_outward(tree)),
    )


def _read(tree: Tree, entries: Iterable[TreeEntry]) -> Iterator[tuple[str, bytes]]:
    readable = (entry for entry in entries if entry.is_file and 0 < entry.size <= _LARGEST)
    virtual = environments(tree.entries)
    space, files = _MOST_READ, _MOST_FILES
    for entry in sorted(readable, key=lambda entry: entry.path):
        if any(entry.path.startswith(f"{folder}/") for folder in virtual):
            continue
        space, files = space - entry.size, files - 1
        if space < 0 or files < 0:
            return
        yield entry.path, tree.fetch(entry)


def secrets_of(path: str, content: bytes) -> tuple[RepositorySecret, ...]:
    """The secrets in one file, at most one of a kind on each line; their values are not kept."""
    if b"\0" in content[:8000]:
        return ()
    cells = _cells(content) if path.lower().endswith(".ipynb") else None
    if cells is None:
        return tuple(RepositorySecret(kind, Location(path, line=line)) for kind, line in _secrets(content))
    secrets: list[RepositorySecret] = []
    for number, source, outputs in cells:
        secrets += [RepositorySecret(kind, Location(path, number, line)) for kind, line in _secrets(source)]
        secrets += [RepositorySecret(kind, Location(path, number)) for kind, _ in _secrets(outputs)]
    return tuple(dict.fromkeys(secrets))


def _without_names_of_links(content: bytes) -> bytes:
    """*content* with the keys and tokens of signed links overwritten by blanks of equal length."""

    def blank(link: re.Match[bytes]) -> bytes:
        if not _SIGNED.search(link[0]):
            return link[0]
        return _OF_A_LINK.sub(lambda match: match[0][: -len(match[1])] + b" " * len(match[1]), link[0])

    return _LINK.sub(blank, content) if b"=" in content else content


def _secrets(content: bytes) -> Iterator[tuple[str, int]]:
    """The kinds of the secrets, with their lines."""
    content = _without_names_of_links(content)
    numbers: Numbers | None = None
    for kind, pattern in patterns_for(content):
        lines_with_secrets: set[int] = set()
        for match in pattern.finditer(content):
            numbers = numbers or Numbers(content)
            line = numbers.at(match.start())
            if line not in lines_with_secrets:
                lines_with_secrets.add(line)
                yield kind, line
                if len(lines_with_secrets) >= _MOST_SECRETS:
                    break


def _cells(content: bytes) -> list[tuple[int, bytes, bytes]] | None:
    """Number, source and outputs of each code cell; None where *content* is no readable notebook."""
    try:
        cells = [cell for cell in read_json(content)["cells"] if cell.get("cell_type") == "code"]
        return [
            (
                number,
                "".join(cell.get("source", "")).encode("utf-8", "replace"),
                json.dumps(cell.get("outputs", [])).encode(),
            )
            for number, cell in enumerate(cells, start=1)
        ]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def _past_secrets(history: History, tree: Tree, now: tuple[RepositorySecret, ...]) -> tuple[RepositorySecret, ...]:
    deadline = time.monotonic() + _PAST_SECONDS
    blobs = {entry.blob for entry in tree.entries.values()}
    start = next((commit for commit in history.commits if commit.id == history.start), None)
    blobs |= {entry.blob for entry in start.tree().entries.values()} if start else set()
    secrets: dict[tuple[str, str], RepositorySecret] = {}
    present = {(secret.kind, secret.where.path) for secret in now}
    for commit in history.own[:_PAST_COMMITS]:
        if time.monotonic() > deadline:
            break
        earlier = commit.tree()
        fresh = [entry for entry in earlier.entries.values() if entry.blob not in blobs]
        blobs |= {entry.blob for entry in fresh}
        for path, content in _read(earlier, fresh):
            for secret in secrets_of(path, content):
                if (secret.kind, path) not in present:
                    secrets.setdefault((secret.kind, path), RepositorySecret(secret.kind, secret.where, commit.short))
    return tuple(secrets.values())


def _clashes(paths: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of files whose paths differ only in letter case."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[path.casefold()].append(path)
    return tuple(tuple(sorted(group)) for _, group in sorted(groups.items()) if len(group) > 1)


def _outward(tree: Tree) -> Iterator[str]:
    """Links that lead out of the repository, and so to nothing on another machine."""
    for path, entry in sorted(tree.entries.items()):
        if entry.kind is Kind.LINK and entry.size <= 4096:
            target = tree.fetch(entry).decode("utf-8", "surrogateescape")
            end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if target.startswith("/") or end.startswith("../") or end == "..":
                yield path


PROBES = (leftovers,)
