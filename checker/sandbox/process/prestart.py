"""Processes that nearly every sandbox needs, started before the jobs are known: libraries take seconds to load."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from checker.facts.preloading import PreloadedLibraries
from checker.sandbox.base import SandboxFault
from checker.sandbox.inside.redirect import TRUST
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.process.zygote import Zygote, clean_environment

AUTHORITY = "authority.pem"
"""The name, in the folder of a sandbox, of the authority's certificate, which its runs trust."""


class Prestarted:
    """The folder of a sandbox and its first two zygotes: one without libraries, and one that loads those of programs.

    *libraries* must not read the trusted authorities at their import. A context manager: leaving it ends the processes,
    unless a sandbox has taken them over.
    """

    def __init__(self, libraries: PreloadedLibraries) -> None:
        self.libraries = libraries
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="run"))
        self._zygotes: dict[str, Zygote] = {}
        self._taken = False
        own = Interpreter.own()
        try:
            self._zygotes["launcher"] = launcher(self.folder, own, (own.prefix,))
            self._zygotes["runs"] = runs(self.folder, own, (own.prefix,), libraries)
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._taken:
            return
        for zygote in self._zygotes.values():
            zygote.abort()
        shutil.rmtree(self.folder, ignore_errors=True)

    def take(self) -> tuple[str, dict[str, Zygote]]:
        """The folder and the zygotes, which the caller owns from now on."""
        taken, self._zygotes, self._taken = self._zygotes, {}, True
        return self.folder, taken


@contextlib.contextmanager
def prestarted_for(path: Path, libraries: PreloadedLibraries) -> Iterator[Prestarted | None]:
    """Started processes for runs of *path*, which load *libraries*.

    None where *path* has no program or notebook, or no process can be started.
    """
    begun: Prestarted | None = None
    if hasattr(os, "fork") and _may_run(path):
        with contextlib.suppress(OSError, SandboxFault):
            begun = Prestarted(libraries)
    with begun or contextlib.nullcontext():
        yield begun


def _may_run(path: Path) -> bool:
    """Whether a program or a notebook lies in *path* or in a folder of it."""
    try:
        return any(next(path.glob(pattern), None) for pattern in ("*.py", "*.ipynb", "*/*.ipynb"))
    except OSError:
        return False


def launcher(folder: str, interpreter: Interpreter, prefixes: Sequence[str]) -> Zygote:
    """A zygote without libraries. When it ends, the folder and all control groups of that name are removed."""
    name = os.path.basename(folder)
    remove = (folder, f"/sys/fs/cgroup/*/{name}-*", f"/sys/fs/cgroup/{name}-*")
    variables = _variables(folder, "launcher", prefixes)
    return Zygote([interpreter.executable], variables, overlaid=interpreter.overlaid, remove=remove)


def runs(folder: str, interpreter: Interpreter, prefixes: Sequence[str], libraries: PreloadedLibraries) -> Zygote:
    """A zygote for runs in *interpreter*, which loads *libraries* and waits for the list of further modules."""
    variables, modules = _trusting(folder, "runs", prefixes), libraries.programs
    return Zygote([interpreter.executable], variables, modules=modules, overlaid=interpreter.overlaid, more=True)


def other(folder: str, name: str, modules: Sequence[str], prepare: Sequence[str]) -> Zygote:
    """A zygote for our own code (linter, clients of kernels), in the checker's interpreter."""
    own = Interpreter.own()
    variables = _trusting(folder, name, (own.prefix,))
    return Zygote([own.executable], variables, modules=modules, prepare=prepare, overlaid=own.overlaid)


def _trusting(folder: str, name: str, prefixes: Sequence[str]) -> dict[str, str]:
    """The variables with the authority that is trusted inside: some libraries read them at import."""
    return {**_variables(folder, name, prefixes), **dict.fromkeys(TRUST, os.path.join(folder, AUTHORITY))}


def _variables(folder: str, name: str, prefixes: Sequence[str]) -> dict[str, str]:
    home = os.path.join(folder, "home-" + name)
    os.makedirs(home, exist_ok=True)
    return {
        **clean_environment(prefixes, home),
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "JE_ARROW_MALLOC_CONF": "background_thread:false",
    }
