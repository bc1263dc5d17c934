"""The probe of what lies about in a repository: conflict markers, secrets, pointers, odd paths."""

from __future__ import annotations

import json
import posixpath
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from functools import partial

from checker.evidence.clutter import environments
from checker.evidence.json_text import read_json
from checker.evidence.lines import Numbers
from checker.facts.history import History
from checker.facts.leftovers import Leftovers, Secret
from checker.facts.tree import Entry, Kind, Tree
from checker.model import Location, Unavailable, known
from checker.repository import Repository

_LARGEST = 5_000_000
_MOST_READ = 200_000_000
_MOST_FILES = 8_000
_MOST_SECRETS = 50
_PAST_COMMITS = 200
_PAST_SECONDS = 4.0
_POINTER = b"version https://git-lfs.github.com/spec/"
_OURS = re.compile(rb"^<{7}(?: |\r?$)", re.MULTILINE)
_MIDDLE = re.compile(rb"^={7}\r?$", re.MULTILINE)
_THEIRS = re.compile(rb"^>{7}(?: |\r?$)", re.MULTILINE)

_SECRETS = tuple(
    (kind, re.compile(pattern))
    for kind, pattern in (
        ("AWS access key", rb"\b(?:AKIA|ASIA)[0-9A-Z]{16}\b"),
        (
            "AWS secret key",
            rb"(?i)secret_?(?:access)?_?key[\"'\]\s=:,]{1,8}[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=])",
        ),
        ("presigned link", rb"X-Amz-Signature=[0-9a-fA-F]{32,}|[?&]Signature=[A-Za-z0-9%/+=]{20,}"),
        ("session token", rb"(?<![A-Za-z0-9_-])eyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}"),
        ("GitHub token", rb"\bgh[pousr]_[A-Za-z0-9]{30,}|\bgithub_pat_[A-Za-z0-9_]{30,}"),
        ("GitLab token", rb"\bglpat-[A-Za-z0-9_-]{18,}"),
        ("Docker token", rb"\bdckr_pat_[A-Za-z0-9_-]{20,}"),
        ("Hugging Face token", rb"\bhf_[A-Za-z0-9]{30,}"),
        ("Slack token", rb"\bxox[abprs]-[A-Za-z0-9-]{10,}"),
        ("Google key", rb"\bAIza[0-9A-Za-z_-]{35}\b"),
        ("private key", rb"-----BEGIN (?:RSA |EC |OPENSSH |DSA |ENCRYPTED )?PRIVATE KEY-----"),
        ("password in an address", rb"\bhttps?://[^\s/:@\"'<>{}$*]{1,80}:[^\s/:@\"'<>{}$*]{6,}@[\w.-]+"),
    )
)


def leftovers(repository: Repository, tree: Tree, history: History | Unavailable | None) -> Leftovers:
    """What lies about in the graded state, and the secrets of the student's earlier commits, where they are here."""
    history = known(history)
    kept = tuple(_read(tree, tree.entries.values()))
    now = tuple(secret for path, content in kept for secret in secrets_of(path, content))
    past = _past_secrets(history, tree, now) if history else ()
    return Leftovers(
        notes=repository.notes,
        conflicts=tuple(place for path, content in kept if (place := conflict_of(path, content)) is not None),
        secrets=(*now, *past)[:_MOST_SECRETS],
        pointers=tuple(path for path, content in kept if content.startswith(_POINTER)),
        clashes=_clashes(tree.entries),
        outward=tuple(_outward(tree)),
    )


def _read(tree: Tree, entries: Iterable[Entry]) -> Iterator[tuple[str, bytes]]:
    wanted = sorted(
        (entry for entry in entries if entry.is_file and 0 < entry.size <= _LARGEST), key=lambda entry: entry.path
    )
    virtual = environments(tree.entries)
    space, files = _MOST_READ, _MOST_FILES
    for entry in wanted:
        if any(entry.path.startswith(f"{folder}/") for folder in virtual):
            continue
        space, files = space - entry.size, files - 1
        if space < 0 or files < 0:
            return
        yield entry.path, tree.fetch(entry)


def conflict_of(path: str, content: bytes) -> Location | None:
    """The place of the first conflict marker, where the three of them stand in their order."""
    ours = _OURS.search(content)
    if ours is None:
        return None
    middle = _MIDDLE.search(content, ours.end())
    if middle is None or _THEIRS.search(content, middle.end()) is None:
        return None
    return Location(path, line=content.count(b"\n", 0, ours.start()) + 1)


def secrets_of(path: str, content: bytes) -> tuple[Secret, ...]:
    """The secrets in one file: at most one of a kind on each line, and none of their values."""
    if b"\0" in content[:8000]:
        return ()
    cells = _cells(content) if path.lower().endswith(".ipynb") else None
    if cells is None:
        return tuple(_secrets(content, lambda line: Location(path, line=line)))
    found: list[Secret] = []
    for number, source, outputs in cells:
        found += _secrets(source, partial(_in_cell, path, number))
        found += [Secret(secret.kind, Location(path, cell=number)) for secret in _secrets(outputs, _nowhere)]
    return tuple(dict.fromkeys(found))


def _in_cell(path: str, cell: int, line: int) -> Location:
    return Location(path, cell=cell, line=line)


def _nowhere(line: int) -> Location:
    return Location("", line=line)


def _secrets(content: bytes, place: Callable[[int], Location]) -> Iterator[Secret]:
    numbers: Numbers | None = None
    for kind, pattern in _SECRETS:
        seen: set[int] = set()
        for match in pattern.finditer(content):
            numbers = numbers or Numbers(content)
            line = numbers.at(match.start())
            if line not in seen:
                seen.add(line)
                yield Secret(kind, place(line))
                if len(seen) >= _MOST_SECRETS:
                    break


def _cells(content: bytes) -> list[tuple[int, bytes, bytes]] | None:
    """Number, source and outputs of each code cell; None where this is no notebook that can be read."""
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


def _past_secrets(history: History, tree: Tree, now: tuple[Secret, ...]) -> tuple[Secret, ...]:
    deadline = time.monotonic() + _PAST_SECONDS
    seen = {entry.blob for entry in tree.entries.values()}
    start = next((commit for commit in history.commits if commit.id == history.start), None)
    seen |= {entry.blob for entry in start.tree().entries.values()} if start else set()
    found: dict[tuple[str, str], Secret] = {}
    known = {(secret.kind, secret.where.path) for secret in now}
    for commit in history.own[:_PAST_COMMITS]:
        if time.monotonic() > deadline:
            break
        earlier = commit.tree()
        fresh = [entry for entry in earlier.entries.values() if entry.blob not in seen]
        seen |= {entry.blob for entry in fresh}
        for path, content in _read(earlier, fresh):
            for secret in secrets_of(path, content):
                if (secret.kind, path) not in known:
                    found.setdefault((secret.kind, path), Secret(secret.kind, secret.where, commit.short))
    return tuple(found.values())


def _clashes(paths: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Groups of files whose paths differ in nothing but the case of their letters."""
    groups: defaultdict[str, list[str]] = defaultdict(list)
    for path in paths:
        groups[path.casefold()].append(path)
    return tuple(tuple(sorted(group)) for _, group in sorted(groups.items()) if len(group) > 1)


def _outward(tree: Tree) -> Iterator[str]:
    """Links that lead out of the repository: they lead nowhere on another machine."""
    for path, entry in sorted(tree.entries.items()):
        if entry.kind is Kind.LINK and entry.size <= 4096:
            target = tree.fetch(entry).decode("utf-8", "surrogateescape")
            end = posixpath.normpath(posixpath.join(posixpath.dirname(path), target))
            if target.startswith("/") or end.startswith("../") or end == "..":
                yield path


PROBES = (leftovers,)
