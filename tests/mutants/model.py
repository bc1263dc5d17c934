"""Broken and unusual versions of the solutions, as values: what a student did, and the verdict it must get."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from checker.model import Failed, Passed, Verdict


@dataclass(frozen=True, slots=True)
class Write:
    """Write a file, with its folders. Bytes are written as they are."""

    path: str
    content: str | bytes


@dataclass(frozen=True, slots=True)
class Replace:
    """Replace a part of a file, which has to be there."""

    path: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class Remove:
    """Remove a file or a folder."""

    path: str


@dataclass(frozen=True, slots=True)
class Move:
    """Move a file or a folder."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Shell:
    """Run a command line in the repository: for what is done with git."""

    line: str


Edit = Write | Replace | Remove | Move | Shell


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """A mistake: *edits* of the solution of step *base*, and what the check has to say of it.

    ``where`` is a printed location that has to be among those of the verdict, ``says`` a fragment of its English
    sentences (message, expected, hint). ``commit`` says whether the edits are committed. ``not_reproduced``
    is the reason why the check's command cannot be run on the machine that tests it, where it cannot.
    """

    check: str
    name: str
    base: str
    edits: tuple[Edit, ...]
    verdict: type[Verdict] = Failed
    where: str = ""
    says: str = ""
    credit: Fraction | None = None
    commit: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)
    not_reproduced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An unusual but right version of a solution: the check passes. ``advises`` is a fragment of its advice.

    ``verdict`` is another one only where no machine without a further tool can pass it: a variant may then expect
    Unavailable, which says that nothing was found wrong.
    """

    check: str
    name: str
    base: str
    edits: tuple[Edit, ...]
    verdict: type[Verdict] = Passed
    advises: str = ""
    commit: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)


def apply(edits: tuple[Edit, ...], root: Path, run: object) -> None:
    """Make *edits* in the folder *root*; *run* starts a command line there. Raises where one does not fit."""
    for edit in edits:
        match edit:
            case Write(path, content):
                target = root / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content.encode() if isinstance(content, str) else content)
            case Replace(path, old, new):
                source = (root / path).read_text(encoding="utf-8")
                if old not in source:
                    raise ValueError(f"{path} does not hold {old!r}")
                (root / path).write_text(source.replace(old, new), encoding="utf-8")
            case Remove(path):
                _remove(root / path)
            case Move(source_path, target_path):
                (root / target_path).parent.mkdir(parents=True, exist_ok=True)
                (root / source_path).rename(root / target_path)
            case Shell(line):
                if not callable(run):
                    raise TypeError("no way to run a command line")
                run(line)


def _remove(path: Path) -> None:
    if path.is_dir():
        for child in path.iterdir():
            _remove(child)
        path.rmdir()
    else:
        path.unlink()
