"""The specification of an environment, the built environment, and the failure to build one."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from checker.model import Text
from checker.sandbox.interpreter import Interpreter


@dataclass(frozen=True, slots=True)
class EnvironmentSpec:
    """A declaration in pip's syntax.

    - ``lines``: the requirements.
    - ``file``: a requirements file to be read as it is, from a trusted author.
    - ``python``: a specifier of versions; empty for any.
    - ``certain``: those of ``lines`` that were written for pip. The others were written for conda, which has some
      packages under other names or in other versions; a failure of theirs is not charged to the author.
    - ``needed``: the conda lines that have to be installed.
    - ``useful``: the conda lines that the needed ones make use of. Where pip lacks some packages, or where there are as
      many as in the export of a base environment, other conda lines are left out before these.
    """

    lines: tuple[str, ...] = ()
    python: str = ""
    certain: frozenset[str] = frozenset()
    needed: frozenset[str] = frozenset()
    useful: frozenset[str] = frozenset()
    file: Path | None = None


@dataclass(frozen=True, slots=True)
class BuiltEnvironment:
    """An environment that is ready.

    - ``versions``: the versions of its packages by normal name.
    - ``python``: the version of its Python.
    - ``asked``: the specifier that this Python does not meet, empty where it meets all.
    - ``left_out``: the normal names of declared packages that are not installed and that the project was not seen to
      need: packages that only conda has, or some of very many.
    """

    interpreter: Interpreter
    python: str
    versions: dict[str, str] = field(default_factory=dict)
    asked: str = ""
    left_out: tuple[str, ...] = ()


class EnvironmentUnavailable(Exception):
    """The environment cannot be built here.

    ``certain``: it cannot be built on any machine, since the declaration contradicts itself or names a package that
    does not exist. Otherwise this machine lacks something.
    """

    def __init__(self, reason: Text, remedy: Text | None = None, *, certain: bool = False) -> None:
        super().__init__(str(reason))
        self.reason = reason
        self.remedy = remedy
        self.certain = certain
