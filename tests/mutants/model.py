"""Broken and unusual versions of the solutions, as values: what a student did, and the verdict it must get."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from checker.model import Failed, Passed, Verdict
from tests.conftest import shell


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
    sentences (message, expected, hint). ``commit`` says whether the edits are committed. ``charged_too`` holds the
    other checks that fail because of the same edits, each with the reason why this is fair: a fault is charged once.
    ``not_reproduced`` is the reason why the check's command cannot be run on the machine that tests it.
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
    charged_too: Mapping[str, str] = field(default_factory=dict)
    not_reproduced: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """An unusual but right version of a solution: the check passes. ``advises`` is a fragment of its advice.

    ``verdict`` is another one only where no machine without a further tool can pass it: a variant may then expect
    Unavailable, which says that nothing was found wrong. ``not_reproduced`` is the reason why the commands that show a
    failure of the check fail on it all the same.
    """

    check: str
    name: str
    base: str
    edits: tuple[Edit, ...]
    verdict: type[Verdict] = Passed
    advises: str = ""
    commit: bool = True
    variables: Mapping[str, str] = field(default_factory=dict)
    not_reproduced: str = ""


@dataclass(frozen=True, slots=True)
class CasesOf:
    """The maker of the cases of one check, on the solution of step *base* where a case names no other."""

    check: str
    base: str

    def mutant(self, name: str, *edits: Edit, base: str = "", **more: object) -> Mutant:
        """A mistake; *more* are fields of :class:`Mutant`."""
        return Mutant(check=self.check, name=name, base=base or self.base, edits=edits, **more)  # type: ignore[arg-type]

    def variant(self, name: str, *edits: Edit, base: str = "", **more: object) -> Variant:
        """An unusual but right version; *more* are fields of :class:`Variant`."""
        return Variant(check=self.check, name=name, base=base or self.base, edits=edits, **more)  # type: ignore[arg-type]


def apply(edits: tuple[Edit, ...], root: Path) -> None:
    """Make *edits* in the folder *root*. Raises where one does not fit."""
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
            case Remove(path) if (root / path).is_dir():
                shutil.rmtree(root / path)
            case Remove(path):
                (root / path).unlink()
            case Move(source_path, target_path):
                (root / target_path).parent.mkdir(parents=True, exist_ok=True)
                (root / source_path).rename(root / target_path)
            case Shell(line):
                shell(line, root)
