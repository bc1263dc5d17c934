"""What nearly every sandbox needs, begun before it is known what will run: libraries take seconds to load."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from checker.sandbox.base import SandboxFault
from checker.sandbox.interpreter import Interpreter
from checker.sandbox.parents import Parent, clean_environment

TRUST = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "AWS_CA_BUNDLE", "CURL_CA_BUNDLE")
AUTHORITY = "authority.pem"
"""Where, in the folder of a sandbox, the authority lies that its runs have to trust."""

PROGRAMS = (
    "pandas",
    "numpy.random",
    "sklearn.compose",
    "sklearn.ensemble",
    "sklearn.impute",
    "sklearn.metrics",
    "sklearn.model_selection",
    "sklearn.pipeline",
    "sklearn.preprocessing",
    "yaml",
)
"""What the programs of the course import. Nothing of it reads what to trust."""


class Begun:
    """The folder of a sandbox, and the two processes that each has: one that starts others, one that loads libraries.

    A context manager: what no sandbox has taken over is ended when it is left.
    """

    def __init__(self) -> None:
        self.folder = os.path.realpath(tempfile.mkdtemp(prefix="run"))
        self._parents: dict[str, Parent] = {}
        self._taken = False
        own = Interpreter.own()
        try:
            self._parents["launcher"] = launcher(self.folder, own, (own.prefix,))
            self._parents["runs"] = runs(self.folder, own, (own.prefix,))
        except BaseException:
            self.__exit__()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        if self._taken:
            return
        for parent in self._parents.values():
            parent.abort()
        shutil.rmtree(self.folder, ignore_errors=True)

    def take(self) -> tuple[str, dict[str, Parent]]:
        """The folder and the parents, which are from now on those of whoever takes them."""
        taken, self._parents, self._taken = self._parents, {}, True
        return self.folder, taken


@contextlib.contextmanager
def begun_for(path: Path) -> Iterator[Begun | None]:
    """What a run of something in *path* will need. None where nothing there may run, or nothing can be begun."""
    begun: Begun | None = None
    if hasattr(os, "fork") and _may_run(path):
        with contextlib.suppress(OSError, SandboxFault):
            begun = Begun()
    with begun or contextlib.nullcontext():
        yield begun


def _may_run(path: Path) -> bool:
    """Whether a program or a notebook lies in *path* or in a folder of it."""
    try:
        return any(next(path.glob(pattern), None) for pattern in ("*.py", "*.ipynb", "*/*.ipynb"))
    except OSError:
        return False


def launcher(folder: str, interpreter: Interpreter, prefixes: Sequence[str]) -> Parent:
    """A parent without libraries. When it is gone, so is the folder, and all control groups of that name."""
    name = os.path.basename(folder)
    remove = (folder, f"/sys/fs/cgroup/*/{name}-*", f"/sys/fs/cgroup/{name}-*")
    variables = _variables(folder, "launcher", prefixes)
    return Parent([interpreter.executable], variables, overlaid=interpreter.overlaid, remove=remove)


def runs(folder: str, interpreter: Interpreter, prefixes: Sequence[str]) -> Parent:
    """A parent of runs in *interpreter*, which waits to be told what else it is to load."""
    variables = _trusting(folder, "runs", prefixes)
    return Parent([interpreter.executable], variables, modules=PROGRAMS, overlaid=interpreter.overlaid, more=True)


def other(folder: str, name: str, modules: Sequence[str], prepare: Sequence[str]) -> Parent:
    """A parent of something of ours."""
    own = Interpreter.own()
    variables = _trusting(folder, name, (own.prefix,))
    return Parent([own.executable], variables, modules=modules, prepare=prepare, overlaid=own.overlaid)


def _trusting(folder: str, name: str, prefixes: Sequence[str]) -> dict[str, str]:
    """With the authority that is trusted inside: some libraries read it when they are imported."""
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
