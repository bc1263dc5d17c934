"""The identity of a run, as hashes: that of the job, and that of the environment it runs in."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import platform
import sys
import sysconfig
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from checker import __version__
from checker.facts.job import Job
from checker.facts.tree import Tree
from checker.sandbox.interpreter import Interpreter

_SOURCES = (
    "sandbox",
    "facts/actions.py",
    "facts/collected.py",
    "facts/job.py",
    "facts/service.py",
    "facts/tree.py",
    "facts/observation.py",
    "model.py",
)
"""Our own sources that run a job or describe its result: a change in them changes the environment's identity."""

_NO_TREE = Tree.of({})


def job_identity(job: Job, paths: frozenset[str] | None = None) -> str:
    """The identity of *job*, as a hash: equal jobs run the same files in the same way.

    With *paths*, only the contents of these files count, and the names of all others. The time limit is left out: a
    run that ended before its limit has the same result under any limit that it does not reach.
    """
    tree = job.tree.id if paths is None else _narrowed(job, paths)
    return _hash([tree, _told(replace(job, tree=_NO_TREE, limits=replace(job.limits, seconds=0)))])


def environment_identity(kind: str, interpreter: Interpreter | None = None) -> str:
    """The identity of the environment of a sandbox of that *kind*, as a hash: Python, its packages, and our sources.

    *interpreter* is the Python of student code, where that is not the checker's own.

    Takes a few milliseconds: packages are identified by names and times of their records, which are not read.
    """
    return _hash(
        {
            "checker": __version__,
            "sources": _sources(),
            "sandbox": kind,
            "root": os.geteuid() == 0,
            "python": [sys.version, sys.prefix, sys.base_prefix],
            "system": [platform.system(), platform.machine(), *platform.libc_ver()],
            "packages": sorted(_packages(package_folders())),
            "elsewhere": None if interpreter is None or interpreter.is_own else _elsewhere(interpreter),
        }
    )


def package_folders() -> tuple[Path, ...]:
    """The folders that packages are installed in."""
    folders = {sysconfig.get_path("purelib"), sysconfig.get_path("platlib")}
    folders |= {path for path in sys.path if path.endswith(("site-packages", "dist-packages"))}
    return tuple(sorted(path for folder in folders if (path := Path(folder)).is_dir()))


@functools.cache
def package_names() -> frozenset[str]:
    """The names by which installed packages may be imported, and some other names in the same folders."""
    return frozenset(name.partition(".")[0] for folder in package_folders() for name in os.listdir(folder))


def _elsewhere(interpreter: Interpreter) -> list[Any]:
    folders = [path for folder in (*interpreter.site, *interpreter.overlaid) if (path := Path(folder)).is_dir()]
    status = os.stat(interpreter.executable)
    executable = [os.path.realpath(interpreter.executable), status.st_size, status.st_mtime_ns]
    return [_told(interpreter), executable, sorted(_packages(folders))]


def _packages(folders: Iterable[Path]) -> Iterator[tuple[str, str, int, int]]:
    """The entries at the top of the folders of packages; for a distribution also the time of its installation."""
    for folder in folders:
        for name in sorted(os.listdir(folder)):
            moment = size = 0
            if name.endswith((".dist-info", ".egg-info", ".pth", ".py")):
                place = folder / name
                record = place / "RECORD" if name.endswith(".dist-info") else place
                try:
                    status = record.stat()
                except OSError:
                    continue
                moment, size = status.st_mtime_ns, status.st_size
            if name != "__pycache__":
                yield os.fspath(folder), name, moment, size


def _sources() -> str:
    here = Path(__file__).resolve().parents[2]
    total = hashlib.sha256()
    for name in _SOURCES:
        place = here / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            total.update(b"%s\0%s\0" % (os.fsencode(path.relative_to(here)), path.read_bytes()))
    return total.hexdigest()


def _narrowed(job: Job, paths: frozenset[str]) -> list[Any]:
    entries = sorted(job.tree.entries.items())
    return [[path, entry.kind.value, entry.blob if path in paths else ""] for path, entry in entries]


def _told(value: Any) -> Any:
    """*value* as JSON with all its fields, so that a field that is added later is included."""
    if isinstance(value, Tree):
        return value.id
    if is_dataclass(value):
        return [type(value).__name__, {field.name: _told(getattr(value, field.name)) for field in fields(value)}]
    if isinstance(value, Mapping):
        return {key: _told(item) for key, item in value.items()}
    if isinstance(value, bytes):
        return hashlib.sha256(value).hexdigest()
    if isinstance(value, frozenset):
        return sorted(value)
    return [_told(item) for item in value] if isinstance(value, list | tuple) else value


def _hash(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
