"""A class that does not exist: edits of the solutions from a fixed seed, each with the verdicts that were planted.

What is planted is known before anything is graded: a *break* names the checks that it changes, and what becomes of
them, compared with the solution that it starts from.
"""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from checker.solutions import build
from tests.conftest import shell
from tests.mutants.model import Edit, Remove, Shell, Write, apply

SEED = 1912
STEPS = ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7", "1.8", "2.1")
_POINTER = (
    "version https://git-lfs.github.com/spec/v1\n"
    "oid sha256:4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393\nsize 61194\n"
)
_FORKING = "import os\nwhile True:\n    try:\n        os.fork()\n    except OSError:\n        pass\n"


class Kind(StrEnum):
    """What kind of a submission it is."""

    HONEST = "honest"
    BROKEN = "broken"
    HOSTILE = "hostile"
    EMPTY = "empty"
    TWIN = "twin"
    POINTERS = "on Git LFS"
    LARGE = "of many files"
    DELETED = "deleted"
    ELSEWHERE = "on another branch"
    SLOW = "slow"


@dataclass(frozen=True, slots=True)
class Break:
    """A mistake at a known step: the bases that it fits, the edits, and what becomes of which checks."""

    bases: tuple[str, ...]
    edits: tuple[Edit, ...]
    becomes: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """A submission of the class. ``becomes`` are the checks that are otherwise than in the solution of its step.

    ``graded`` is False where nothing of it can be graded.
    """

    key: str
    kind: Kind
    step: str
    source: Path
    branch: str = ""
    becomes: Mapping[str, str] = field(default_factory=dict)
    graded: bool = True


def _cell(source: str) -> Callable[[Path], None]:
    """Adds a last code cell to each notebook of a folder."""

    def add(folder: Path) -> None:
        for path in sorted(folder.rglob("*.ipynb")):
            document = json.loads(path.read_text(encoding="utf-8"))
            cell = {"cell_type": "code", "execution_count": None, "id": "planted", "metadata": {}, "outputs": []}
            document["cells"].append({**cell, "source": [source]})
            path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")

    return add


_FAILED_ENVIRONMENT = dict.fromkeys(("environment-file", "environment-complete", "environment-pinned"), "failed")
BREAKS: Mapping[str, Break] = {
    "untidy main": Break(
        ("1.4", "1.7"),
        (Shell(r"sed -i '1s/.*/import os, sys\nimport numpy as np\nimport json/' main.py"),),
        {"lint-main": "failed"},
    ),
    "main raises": Break(
        ("1.4", "1.7", "2.1"), (Shell(r"printf '\nraise ValueError(1)\n' >> main.py"),), {"main-runs": "failed"}
    ),
    "passengers committed": Break(
        ("1.7", "1.8"), (Shell("git show main:train.csv > src/passagers.txt"),), {"data-untracked": "failed"}
    ),
    "byte-code not ignored": Break(("1.8", "2.1"), (Write(".gitignore", "/data/\n"),), {"gitignore-python": "failed"}),
    "no environment": Break(("1.7",), (Remove("environment.yml"),), _FAILED_ENVIRONMENT),
}
_HOSTILE: Mapping[str, str] = {
    "kills all that it can": "import os\nos.kill(-1, 9)\n",
    "fills the disk": "with open('x', 'wb') as file:\n    while True:\n        file.write(bytes(1 << 20))\n",
    "writes without end": "while True:\n    print('x' * 1000)\n",
    "takes all memory": "held = []\nwhile True:\n    held.append(bytearray(1 << 26))\n",
    "forks for ever": _FORKING,  # it costs all the time that a main script is given
}
_ENDED = {"main-runs": "failed", "main-imports": "failed"}
_ENDS_WELL = {"main-runs": "failed", "main-reports": "failed", "main-imports": "failed"}


def synthetic_class(number: int, folder: Path, *, hostile: int, empty: int) -> tuple[Planted, ...]:
    """Make a class of that *number* below *folder*; so many are *hostile*, so many *empty*, two are twins.

    One each is on Git LFS, of 30,000 files, deleted, with its work on another branch, and slow; half of the rest is
    broken.
    """
    chance = random.Random(SEED)
    maker = Maker(folder)
    planted: list[Planted] = []

    def key() -> str:
        return f"student{len(planted):03}"

    planted += [maker.hostile(f"student{place:03}", name) for place, name in enumerate(list(_HOSTILE)[:hostile])]
    planted += [maker.empty(f"student{hostile + place:03}") for place in range(empty)]
    planted.append(maker.pointers(key()))
    planted.append(maker.large(key()))
    planted.append(Planted(key=key(), kind=Kind.DELETED, step="1.1", source=folder / "nowhere", graded=False))
    planted.append(maker.elsewhere(key()))
    planted.append(maker.slow(key()))
    first = maker.honest(key(), "1.5", Kind.TWIN)
    planted.append(first)
    planted.append(maker.twin(key(), first))
    while len(planted) < number:
        if len(planted) % 2:
            planted.append(maker.honest(key(), chance.choice(STEPS), Kind.HONEST))
        else:
            name = chance.choice(sorted(BREAKS))
            planted.append(maker.broken(key(), name, chance.choice(BREAKS[name].bases)))
    return tuple(planted)


class Maker:
    """Makes submissions from solutions that are built once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._solutions: dict[str, Path] = {}

    def solution(self, step: str) -> Path:
        if step not in self._solutions:
            self._solutions[step] = self._folder / f"solution-{step}"
            build(step, self._solutions[step], language="en")
        return self._solutions[step]

    def honest(self, key: str, step: str, kind: Kind) -> Planted:
        return Planted(key=key, kind=kind, step=step, source=self._made(key, step))

    def broken(self, key: str, name: str, step: str) -> Planted:
        chosen = BREAKS[name]
        source = self._made(key, step, *chosen.edits)
        return Planted(key=key, kind=Kind.BROKEN, step=step, source=source, becomes=chosen.becomes)

    def hostile(self, key: str, name: str) -> Planted:
        source = self._made(key, "1.3", Write("main.py", _HOSTILE[name]))
        becomes = _ENDS_WELL if name == "kills all that it can" else _ENDED
        return Planted(key=key, kind=Kind.HOSTILE, step="1.3", source=source, becomes=becomes)

    def empty(self, key: str) -> Planted:
        source = self._folder / "forks" / key
        source.mkdir(parents=True)
        shell("git init -q -b main .", source)
        return Planted(key=key, kind=Kind.EMPTY, step="1.1", source=source, graded=False)

    def pointers(self, key: str) -> Planted:
        rules = Write(".gitattributes", "*.csv filter=lfs diff=lfs merge=lfs -text\n")
        source = self._made(key, "1.2", Write("train.csv", _POINTER), rules)
        return Planted(key=key, kind=Kind.POINTERS, step="1.2", source=source, becomes={})

    def large(self, key: str) -> Planted:
        def fill(folder: Path) -> None:
            for number in range(300):
                inner = folder / "logs" / f"{number}"
                inner.mkdir(parents=True)
                for count in range(100):
                    (inner / f"{count}.log").write_text(f"{number} {count}\n", encoding="utf-8")

        return Planted(key=key, kind=Kind.LARGE, step="1.3", source=self._made(key, "1.3", then=fill))

    def elsewhere(self, key: str) -> Planted:
        source = self._made(key, "1.5")
        shell("git branch -m nettoyage travail && git checkout -q main", source)
        return Planted(key=key, kind=Kind.ELSEWHERE, step="1.5", source=source, branch="travail")

    def slow(self, key: str) -> Planted:
        source = self._made(key, "1.4", then=_cell("import time\ntime.sleep(20)"))
        return Planted(key=key, kind=Kind.SLOW, step="1.4", source=source)

    def twin(self, key: str, other: Planted) -> Planted:
        source = Path(shutil.copytree(other.source, self._folder / "forks" / key, symlinks=True))
        return Planted(key=key, kind=Kind.TWIN, step=other.step, source=source)

    def _made(self, key: str, step: str, *edits: Edit, then: Callable[[Path], None] = lambda _folder: None) -> Path:
        """A copy of a solution with *edits*, and with words of its own in it, committed."""
        source = Path(shutil.copytree(self.solution(step), self._folder / "forks" / key, symlinks=True))
        apply(edits, source)
        then(source)
        (source / "NOTES.md").write_text(f"Work of {key}.\n", encoding="utf-8")
        subprocess.run(["git", "add", "-A", "-f"], cwd=source, check=True)
        subprocess.run(["git", "commit", "-q", "-m", f"Work of {key}"], cwd=source, check=True)
        return source
